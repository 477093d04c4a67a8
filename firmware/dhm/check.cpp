// Streams pixels through a directly mapped layer, one per clock, and writes what comes out.
//   check PIXELS OUTPUT PIXEL_BYTES RESULT_BYTES
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
#include "Vdhm.h"
#include "verilated.h"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  FILE* in = fopen(argv[1], "rb");
  FILE* out = fopen(argv[2], "wb");
  if (!in || !out) return 2;
  size_t pixel = atoi(argv[3]), result = atoi(argv[4]);
  VerilatedContext context;
  Vdhm top(&context);
  auto clock = [&] { top.clk = 0; top.eval(); top.clk = 1; top.eval(); };
  top.rst = 1; top.en = 0;
  for (int i = 0; i < 4; i++) clock();
  top.rst = 0; top.en = 1;
  std::vector<uint8_t> buffer(pixel);
  uint64_t sent = 0, received = 0, clocks = 0;
  for (bool more = true;;) {
    more = more && fread(buffer.data(), 1, pixel, in) == pixel;
    if (more) sent++; else memset(buffer.data(), 0x5a, pixel);  // what follows the last frame must not matter
    memset(&top.in_pixel, 0, sizeof top.in_pixel);
    memcpy(&top.in_pixel, buffer.data(), pixel);
    top.clk = 0; top.eval();
    if (top.out_valid) { fwrite(&top.out_pixel, 1, result, out); received++; }
    if (!more && received == sent) break;
    top.clk = 1; top.eval();
    if (++clocks > 2 * sent + 100000) return 3;
  }
  fclose(out);
  printf("%llu %llu\n", (unsigned long long)sent, (unsigned long long)clocks);
  return 0;
}
