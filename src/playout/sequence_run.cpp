#include "playout/sequence_run.hpp"

namespace parley::playout {

std::optional<SequenceRun::Place> SequenceRun::place(uint16_t sequence_number) {
  const int64_t number = numbers_.peek(sequence_number);
  const int64_t jump = number - numbers_.newest().value_or(number);
  if (jump <= kMaxJump && -jump <= kMaxJump) {
    expected_elsewhere_.reset();
    return Place{numbers_.unwrap(sequence_number), false};
  }
  const bool goes_on = expected_elsewhere_ == sequence_number;
  expected_elsewhere_ = static_cast<uint16_t>(sequence_number + 1);
  if (!goes_on) return std::nullopt;
  expected_elsewhere_.reset();
  numbers_.reset();
  return Place{numbers_.unwrap(sequence_number), true};
}

}  // namespace parley::playout
