#pragma once

/// Marks what a shared library of the SDK exports.
#if defined(PARLEY_SHARED) && defined(__GNUC__)
#define PARLEY_API __attribute__((visibility("default")))
#else
#define PARLEY_API
#endif
