#include "alarm.h"

#ifdef __linux__
#include <sys/timerfd.h>
#include <unistd.h>
#endif

namespace packet_io {

#ifdef __linux__

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

#else

bool Alarm::open(uv_loop_t* loop, void* owner, Callback due, Callback closed) {
  owner_ = owner;
  due_ = due;
  closed_ = closed;
  uv_timer_init(loop, &handle_);
  handle_.data = this;
  return true;
}

void Alarm::set(int64_t at) {
  if (at == at_) return;
  at_ = at;
  if (at < 0) {
    uv_timer_stop(&handle_);
    return;
  }
  auto now = static_cast<int64_t>(uv_hrtime() / 1000);
  // libuv counts from the older time of the loop.
  uv_update_time(handle_.loop);
  uv_timer_start(&handle_, onTimer, at > now ? static_cast<uint64_t>((at - now + 999) / 1000) : 0, 0);
}

void Alarm::close() { uv_close(reinterpret_cast<uv_handle_t*>(&handle_), onClosed); }

void Alarm::onTimer(uv_timer_t* timer) {
  auto* alarm = static_cast<Alarm*>(timer->data);
  alarm->at_ = kRang;
  alarm->due_(alarm->owner_);
}

#endif

void Alarm::onClosed(uv_handle_t* handle) {
  auto* alarm = static_cast<Alarm*>(handle->data);
  alarm->closed_(alarm->owner_);
}

}  // namespace packet_io
