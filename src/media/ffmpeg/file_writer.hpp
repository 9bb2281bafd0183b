#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "media/ffmpeg/muxer.hpp"

namespace parley::media {

struct FileWriterOptions {
  std::filesystem::path path;
  Container container = Container::Mp4;
  std::vector<StreamFormat> streams;  ///< at most one of pictures and one of sound
};

/// One part of a recording: a file that is playable up to the last kFragment at every moment, whatever happens to this
/// process. Packets of both streams come as their encoders finish them; the file begins at the first key picture
/// (Interleaver says how). Copied streams may change size on the way. Not thread-safe; any thread at a time; write()
/// takes as long as the file system does.
class FileWriter {
 public:
  /// What a killed process loses at most, beside what encoders still hold; costs 1.5 % more bytes than 2 s would.
  static constexpr TimeDelta kFragment = TimeDelta::millis(500);

  /// Creates (or empties) the file.
  static Result<FileWriter> create(FileWriterOptions options);
  FileWriter(FileWriter&&) noexcept;
  FileWriter& operator=(FileWriter&&) noexcept;
  ~FileWriter();  ///< leaves the file as it is, playable

  /// After an error the file holds everything up to the last fragment, and every further call gives the same error.
  Result<> write(EncodedPacket packet);
  /// Brings what was written so far to the file, for streams that pause (a muted track). Not needed otherwise.
  Result<> flush();
  /// Writes the rest, ends the file and makes it durable (fdatasync).
  Result<> finish();

  TimeDelta duration() const;  ///< of what is in the file
  int64_t bytes() const;       ///< size of the file
  frame::Size size() const;    ///< of the first picture; 0 x 0 before
  int64_t dropped() const;     ///< packets left out: see Interleaver
  /// Zero of the file in the producer's time; empty before anything was written.
  std::optional<TimeDelta> zero() const;

 private:
  struct State;
  explicit FileWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace parley::media
