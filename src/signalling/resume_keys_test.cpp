#include "signalling/resume_keys.hpp"

#include <gtest/gtest.h>

namespace parley::signalling {
namespace {

TEST(ResumeKeys, FindsTheClientOfAKey) {
  Rng rng(1);
  ResumeKeys keys;
  const std::string ann = keys.issue(7, rng);
  const std::string bob = keys.issue(8, rng);
  EXPECT_EQ(keys.find(ann), 7u);
  EXPECT_EQ(keys.find(bob), 8u);
  EXPECT_EQ(keys.size(), 2u);
}

TEST(ResumeKeys, RefusesWhatIsNoKey) {
  Rng rng(1);
  ResumeKeys keys;
  const std::string key = keys.issue(7, rng);
  const std::string secret = key.substr(2);
  std::string flipped = key;
  flipped.back() = flipped.back() == 'A' ? 'B' : 'A';
  for (const std::string& bad :
       {std::string(), std::string("7"), std::string("7-"), "8-" + secret, "-7-" + secret, secret, key + "x",
        key.substr(0, key.size() - 1), flipped, "99999999999999999999-" + secret}) {
    EXPECT_EQ(keys.find(bad), std::nullopt) << bad;
  }
}

TEST(ResumeKeys, ANewKeyReplacesTheOld) {
  Rng rng(1);
  ResumeKeys keys;
  const std::string old = keys.issue(7, rng);
  const std::string current = keys.issue(7, rng);
  EXPECT_EQ(keys.find(old), std::nullopt);
  EXPECT_EQ(keys.find(current), 7u);
  keys.revoke(7);
  EXPECT_EQ(keys.find(current), std::nullopt);
  EXPECT_EQ(keys.size(), 0u);
}

}  // namespace
}  // namespace parley::signalling
