#pragma once
// Monotonic totals of one socket; the TypeScript interface documents each one.

#include <cstdint>

namespace packet_io {

#define PACKET_IO_COUNTERS(X) \
  X(receivedDatagrams)        \
  X(receivedBytes)            \
  X(receivedMessages)         \
  X(receiveCalls)             \
  X(sentDatagrams)            \
  X(sentBytes)                \
  X(sentMessages)             \
  X(sendCalls)                \
  X(gsoRuns)                  \
  X(gsoDatagrams)             \
  X(paddingBytes)             \
  X(gsoFallbacks)             \
  X(droppedQueueFull)         \
  X(droppedQueueControl)      \
  X(droppedQueueAudio)        \
  X(droppedTooOld)            \
  X(kernelDrops)              \
  X(droppedNoSession)         \
  X(sendErrors)               \
  X(droppedUnclassified)      \
  X(droppedUnknownAddress)    \
  X(droppedAuthentication)    \
  X(droppedReplay)            \
  X(droppedDtls)              \
  X(droppedStun)              \
  X(droppedOverBudget)        \
  X(refusedAddresses)         \
  X(droppedTooManyStreams)    \
  X(replacedStreams)          \
  X(dtlsHandshakes)           \
  X(dtlsFailures)             \
  X(tcpAccepted)              \
  X(tcpRefused)               \
  X(tcpRejected)              \
  X(tcpExpired)               \
  X(tcpFramesReceived)        \
  X(tcpFramesSent)            \
  X(tcpDroppedControl)        \
  X(tcpDroppedAudio)          \
  X(tcpDroppedVideo)          \
  X(tcpDroppedTooOld)

struct Counters {
#define X(name) uint64_t name = 0;
  PACKET_IO_COUNTERS(X)
#undef X
};

}  // namespace packet_io
