// Streams and events of the test driver. Work runs when it is submitted or, if lazy, only when
// something waits for it: then a missing wait shows.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <vector>

namespace host {

typedef std::function<int()> Work;  // returns a CUresult

struct Stream {
  std::deque<Work> queue;
};

// A mark that may be put into streams again and again: what waits for it waits for the time it was
// put last.
struct Event {
  Stream *stream = nullptr;
  unsigned long put = 0, passed = 0;
  std::chrono::steady_clock::time_point time;
};

class Streams {
 public:
  bool lazy = false;
  int error = 0;  // of work; sticks until reset, as a context that is broken
  Stream null;
  std::vector<Stream *> streams;

  // The stream of a handle; null if it is none.
  Stream *of(void *handle) {
    if (!handle) return &null;
    for (auto stream : streams) {
      if (stream == handle) return stream;
    }
    return nullptr;
  }

  int submit(Stream *stream, Work work) {
    stream->queue.push_back(std::move(work));
    return lazy ? 0 : finish(stream);
  }

  int finish(Stream *stream) {
    while (!stream->queue.empty() && !error) step(stream);
    return error;
  }

  int finish_all() {
    finish(&null);
    for (auto stream : streams) finish(stream);
    return error;
  }

  int record(Event *event, Stream *stream) {
    event->stream = stream;
    unsigned long mark = ++event->put;
    return submit(stream, [event, mark] {
      event->time = std::chrono::steady_clock::now();
      event->passed = mark;
      return 0;
    });
  }

  // Runs the event's stream up to the mark.
  int wait(Event *event, unsigned long mark) {
    while (event->passed < mark && !event->stream->queue.empty() && !error) step(event->stream);
    return error;
  }

 private:
  void step(Stream *stream) {
    Work work = std::move(stream->queue.front());
    stream->queue.pop_front();
    int result = work();
    if (result) error = result;
  }
};

}  // namespace host
