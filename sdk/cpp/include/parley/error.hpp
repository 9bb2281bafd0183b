#pragma once

#include <optional>
#include <string>
#include <utility>

#include <parley/export.hpp>

namespace parley {

/// Why something failed. `code` is one of `ErrorCode`, or a code of the server (4xxx, VideoSDK's numbers); `message` is
/// a sentence for people.
struct Error {
  int code = 0;
  std::string message;
};

/// The codes that this SDK itself raises. The same failures have the same numbers in the browser SDK.
enum ErrorCode : int {
  kCannotJoin = 3047,             ///< no server at that address, or it does not let us in
  kNotJoined = 3035,              ///< before `join()`, or after the meeting was left
  kMediaConnectionFailed = 3044,  ///< no path to the server's media ports
  kCodecUnsupported = 3045,
  kMediaNotReady = 3048,
  kAlreadyInState = 3054,  ///< the source is on already, `join()` was called before, …
  kInProgress = 3055,      ///< too many requests under way, or waiting for an answer on the thread that brings it
  kAborted = 3056,         ///< the meeting was left meanwhile
  kReconnecting = 3065,    ///< the connection is being restored; nothing was sent
  kNotInThisMode = 3066,
  kUnsupported = 3068,
  kSendFailed = 3070,
  kPayloadTooLarge = 3072,
  kBadParameter = 3073,
  kTimeout = 3079,
};

/// Why a meeting was left: the code of `LeaveInfo`.
enum LeaveReason : int {
  kLeftSignallingLost = 1001,
  kLeftRemoved = 1002,
  kLeftRoomClosed = 1006,
  kLeftUnknown = 1007,
  kLeftAllRemoved = 1008,
  kLeftEndedByApi = 1009,
  kLeftRemovedByApi = 1010,
  kLeftDuplicateParticipant = 1011,
  kLeftByOwnWish = 1101,
  kLeftReconnectAttemptsUsedUp = 1102,
  kLeftJoinFailed = 1103,
};

/// A value or why there is none. Nothing of this SDK throws across its border, except for lack of memory.
template <class T>
class Result {
 public:
  Result(T value) : value_(std::move(value)) {}      // NOLINT: conversion is the purpose
  Result(Error error) : error_(std::move(error)) {}  // NOLINT
  explicit operator bool() const { return value_.has_value(); }
  bool ok() const { return value_.has_value(); }
  /// Only of one that is `ok()`.
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  /// Of one that is not `ok()`; else code 0.
  const Error& error() const { return error_; }

 private:
  std::optional<T> value_;
  Error error_;
};

template <>
class Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT
  explicit operator bool() const { return ok_; }
  bool ok() const { return ok_; }
  const Error& error() const { return error_; }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace parley
