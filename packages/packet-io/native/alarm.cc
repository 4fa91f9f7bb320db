#include "alarm.h"

#include <sys/timerfd.h>
#include <unistd.h>

namespace packet_io {


bool Alarm::open(uv_loop_t* loop, void* owner, Callback due, Callback closed) {
  owner_ = owner;
  due_ = due;
  closed_ = closed;
  descriptor_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (descriptor_ < 0) return false;
  uv_poll_init(loop, &handle_, descriptor_);
  handle_.data = this;
  uv_poll_start(&handle_, UV_READABLE, onPoll);
  return true;
}

void Alarm::set(int64_t at) {
  if (at == at_) return;
  at_ = at;
  itimerspec time{};
  // Zero disarms the timer.
  if (at >= 0) {
    time.it_value.tv_sec = at / 1000000;
    time.it_value.tv_nsec = at % 1000000 * 1000 + 1;
  }
  timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &time, nullptr);
}

void Alarm::close() {
  uv_poll_stop(&handle_);
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_), onClosed);
  ::close(descriptor_);
}

void Alarm::onPoll(uv_poll_t* poll, int, int) {
  auto* alarm = static_cast<Alarm*>(poll->data);
  // A new setting also makes it unreadable, and saves the call to read it.
  alarm->at_ = kRang;
  alarm->due_(alarm->owner_);
}

void Alarm::onClosed(uv_handle_t* handle) {
  auto* alarm = static_cast<Alarm*>(handle->data);
  alarm->closed_(alarm->owner_);
}

}  // namespace packet_io
