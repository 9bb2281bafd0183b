#pragma once

/// Everything of the native SDK.
#include <parley/meeting.hpp>
#include <parley/version.hpp>
