/* The plain C program that 'fpgaedge bench transport' compares with: datagrams or a TCP stream on loopback, with nothing
   but the system calls. Prints one line: "DELIVERED CPU_NS WALL_NS P50_NS P99_NS"; times are 0 where not measured.
     transport_peer udp|tcp burst|stream|pingpong BYTES MILLISECONDS
   burst: one thread sends 32 datagrams (TCP: as many bytes at once), then receives them; CPU time of sending and receiving.
   stream: one process sends as fast as it can, another receives; CPU time of both, what is lost does not count.
   pingpong: two processes return one datagram to each other; the latency is half the round trip. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BURST = 32, MOST_SAMPLES = 1 << 20, BUFFER = 1 << 22 };

static char data[65536 * 2];
static uint32_t samples[MOST_SAMPLES];

static void fail(const char *what) { perror(what); exit(1); }

static int64_t clock_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t now(void) { return clock_ns(CLOCK_MONOTONIC); }

static int64_t cpu_of(int who) {
  struct rusage u;
  getrusage(who, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000LL + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000LL;
}

static int bound(int type, struct sockaddr_in *address) {
  int s = socket(AF_INET, type, 0), size = BUFFER;
  socklen_t length = sizeof *address;
  if (s < 0) fail("socket");
  setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  memset(address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(s, (struct sockaddr *)address, length) || getsockname(s, (struct sockaddr *)address, &length)) fail("bind");
  return s;
}

static void connect_pair(int pair[2]) {
  struct sockaddr_in at, own;
  int one = 1, listening = bound(SOCK_STREAM, &at);
  if (listen(listening, 1)) fail("listen");
  pair[0] = bound(SOCK_STREAM, &own);
  if (connect(pair[0], (struct sockaddr *)&at, sizeof at)) fail("connect");
  pair[1] = accept(listening, 0, 0);
  if (pair[1] < 0) fail("accept");
  for (int i = 0; i < 2; i++) setsockopt(pair[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  close(listening);
}

static struct sockaddr_in peer[2];
static int ends[2], udp;

/* Each end of two on a processor of its own, as two machines have. */
static void take_processor(int number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(number, &set);
  if (sysconf(_SC_NPROCESSORS_ONLN) > 1) sched_setaffinity(0, sizeof set, &set);
}

/* One datagram, or that many bytes of the stream. */
static void put(int from, size_t bytes) {
  if (udp) {
    while (sendto(ends[from], data, bytes, 0, (struct sockaddr *)&peer[!from], sizeof peer[0]) < 0)
      if (errno != ENOBUFS && errno != EAGAIN) fail("sendto");
    return;
  }
  for (size_t done = 0; done < bytes;) {
    ssize_t n = send(ends[from], data + done, bytes - done, MSG_NOSIGNAL);
    if (n <= 0) _exit(0);
    done += n;
  }
}

static void get(int at, size_t bytes) {
  if (udp) {
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    if (recvfrom(ends[at], data, sizeof data, 0, (struct sockaddr *)&from, &length) < 0) fail("recvfrom");
    return;
  }
  for (size_t done = 0; done < bytes;) {
    ssize_t n = recv(ends[at], data, bytes - done, 0);
    if (n <= 0) _exit(0);
    done += n;
  }
}

static void burst(size_t bytes, int64_t limit) {
  int64_t start = now(), cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID), count = 0;
  for (; now() - start < limit; count += BURST) {
    if (udp) {
      for (int i = 0; i < BURST; i++) put(0, bytes);
      for (int i = 0; i < BURST; i++) get(1, bytes);
    } else {
      put(0, BURST * bytes);
      get(1, BURST * bytes);
    }
  }
  printf("%lld %lld %lld 0 0\n", (long long)count, (long long)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu), (long long)(now() - start));
}

static void stream(size_t bytes, int64_t limit) {
  int64_t start = now();
  pid_t child = fork();
  take_processor(child == 0);
  if (child == 0) {
    if (!udp) close(ends[1]);
    while (now() - start < limit) put(0, udp ? bytes : BURST * bytes);
    if (udp) { usleep(20000); put(0, 1); put(0, 1); }
    _exit(0);
  }
  if (!udp) close(ends[0]);
  int64_t delivered = 0, end = start;
  for (;;) {
    ssize_t n = recv(ends[1], data, sizeof data, 0);
    if (n <= 1) break;
    delivered += n;
    end = now();
  }
  waitpid(child, 0, 0);
  printf("%lld %lld %lld 0 0\n", (long long)(delivered / (int64_t)bytes), (long long)(cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN)),
    (long long)(end - start));
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static void pingpong(size_t bytes, int64_t limit) {
  pid_t child = fork();
  take_processor(child == 0);
  if (child == 0) {
    if (!udp) close(ends[0]);
    for (;;) { get(1, bytes); put(1, bytes); }
  }
  if (!udp) close(ends[1]);
  int64_t start = now(), last = start;
  int count = 0;
  while (last - start < limit && count < MOST_SAMPLES) {
    put(0, bytes);
    get(0, bytes);
    int64_t t = now();
    samples[count++] = (uint32_t)(t - last);
    last = t;
  }
  kill(child, 9);
  waitpid(child, 0, 0);
  qsort(samples, count, sizeof samples[0], ascending);
  printf("%d %lld %lld %u %u\n", count, (long long)(cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN)), (long long)(last - start),
    samples[count / 2] / 2, samples[(int64_t)count * 99 / 100] / 2);
}

int main(int argc, char **argv) {
  if (argc != 5) { fprintf(stderr, "expected: transport_peer udp|tcp burst|stream|pingpong BYTES MILLISECONDS\n"); return 2; }
  udp = !strcmp(argv[1], "udp");
  size_t bytes = strtoul(argv[3], 0, 10);
  int64_t limit = atoll(argv[4]) * 1000000;
  if (bytes < 2 || bytes * BURST > sizeof data) { fprintf(stderr, "expected 2 to %zu bytes\n", sizeof data / BURST); return 2; }
  if (udp) for (int i = 0; i < 2; i++) ends[i] = bound(SOCK_DGRAM, &peer[i]);
  else connect_pair(ends);
  if (!strcmp(argv[2], "burst")) burst(bytes, limit);
  else if (!strcmp(argv[2], "stream")) stream(bytes, limit);
  else pingpong(bytes, limit);
  return 0;
}
