// Runs the Verilated accelerator against a model of memory, behind the C interface at the end of this file. One library holds
// one configuration; the caller loads it and passes bytes of DRAM. Nothing here computes a result.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include "Vvta_sim.h"
#include "verilated.h"

namespace {

struct Options {
  uint32_t read_latency;   // cycles from an accepted request to its first beat
  uint32_t write_latency;  // cycles from the last beat of a burst to its acknowledgement
  uint32_t burst_gap;      // idle cycles of a port between bursts
  uint32_t seed;           // not 0: random latencies and back-pressure
  uint32_t idle_limit;     // cycles without any progress that count as stuck
  uint32_t fault;          // planted fault, in builds that have them
  uint64_t max_cycles;
};

struct Result {
  uint32_t status;  // 0 finished, 1 error register, 2 stuck, 3 cycle limit
  uint32_t error, error_index;
  uint32_t violations, first_violation;
  uint32_t reserved;
  uint64_t counters[13];  // 0x128.. of the register block: cycles, gemm, alu, stall, busy x3, wait x3, reads, writes, simulated
};

struct Random {
  uint64_t state;
  uint32_t next() {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return uint32_t(state >> 33);
  }
  bool chance(uint32_t percent) { return next() % 100 < percent; }
};

struct Burst {
  uint32_t addr;
  uint32_t beats;
  uint64_t ready;  // first cycle in which it may be served
};

class Device {
 public:
  Device(uint32_t fault) {
    context = std::make_unique<VerilatedContext>();
    char plus[32];
    snprintf(plus, sizeof plus, "+fault=%u", fault);
    const char* arguments[] = {"vta", plus};
    context->commandArgs(2, arguments);
    top = std::make_unique<Vvta_sim>(context.get());
    top->rst = 1;
    for (int i = 0; i < 4; i++) tick();
    top->rst = 0;
    top->s_bready = top->s_rready = 1;
  }

  void set_memory(uint8_t* bytes, uint64_t base, uint64_t size) { dram = bytes; dram_base = base; dram_size = size; }

  void run(uint32_t insn_addr, uint32_t insn_count, const Options& o, Result& r) {
    options = o;
    random.state = o.seed;
    uint64_t first = cycle;
    write(0x2018, 0);
    write(0x0010, insn_count);
    write(0x0018, insn_addr);
    for (uint32_t base : {0x1010u, 0x1018u, 0x2020u, 0x2028u, 0x3010u}) write(base, 0);
    for (uint32_t block : {0x1000u, 0x2000u, 0x3000u}) write(block, 0x81);
    write(0x0000, 0x01);
    r.status = 2;
    last_progress = cycle;
    // Polling through the register port would cost simulation time; a read every so often is what software does too.
    for (uint32_t wait = 8;; wait = wait < 200 ? wait * 2 : wait) {
      for (uint32_t i = 0; i < wait; i++) tick();
      if (read(0x2018) == 1) { r.status = 0; break; }
      if (read(0x0120) != 0) { r.status = 1; break; }
      if (cycle - last_progress > o.idle_limit) { r.status = 2; break; }
      if (cycle - first > o.max_cycles) { r.status = 3; break; }
    }
    r.error = read(0x0120);
    r.error_index = read(0x0124);
    r.counters[0] = read(0x0128) | uint64_t(read(0x012c)) << 32;
    for (int i = 0; i < 11; i++) r.counters[1 + i] = read(0x0130 + 4 * i);
    // Nothing may still move when software looks at the results of a program that ended by itself.
    if (r.status <= 1) for (int i = 0; i < 400 && busy(); i++) tick();
    r.counters[12] = cycle - first;
    r.violations = top->violations;
    r.first_violation = top->first_violation;
  }

  uint32_t read(uint32_t offset) {
    top->s_araddr = offset;
    top->s_arvalid = 1;
    bool accepted = false;
    for (;;) {
      half();
      bool got = top->s_rvalid && accepted;
      uint32_t value = top->s_rdata;
      bool now = top->s_arvalid && top->s_arready;
      finish();
      if (got) return value;
      if (now) { accepted = true; top->s_arvalid = 0; }
    }
  }

 private:
  void write(uint32_t offset, uint32_t value) {
    top->s_awaddr = offset;
    top->s_wdata = value;
    top->s_awvalid = top->s_wvalid = 1;
    for (;;) {
      half();
      bool now = top->s_awready && top->s_wready;
      finish();
      if (now) break;
    }
    top->s_awvalid = top->s_wvalid = 0;
    tick();
  }

  bool busy() const { return !reads[0].empty() || !reads[1].empty() || !writes.empty() || !acks.empty(); }

  void tick() { half(); finish(); }

  // To the point before the rising edge: what the memory offers is settled.
  void half() {
    offer();
#ifdef VTA_DOUBLE_PUMP
    top->clk2 = 0; top->eval();
    top->clk = 0; top->clk2 = 1; top->eval();
    top->clk2 = 0; top->eval();
#else
    top->clk = 0; top->eval();
#endif
  }

  // The rising edge, after noting what was transferred at it.
  void finish() {
    take();
#ifdef VTA_DOUBLE_PUMP
    top->clk2 = 1;
#endif
    top->clk = 1; top->eval();
    cycle++;
  }

  bool random_yes(uint32_t percent) { return options.seed == 0 || random.chance(percent); }

  uint8_t* at(uint32_t address, uint32_t bytes) const {
    return address >= dram_base && address + uint64_t(bytes) <= dram_base + dram_size ? dram + (address - dram_base) : nullptr;
  }

  void offer() {
    for (int p = 0; p < 2; p++) {
      uint32_t bit = 1u << p;
      bool ready = reads[p].size() < 16 && random_yes(60);
      top->m_arready = ready ? top->m_arready | bit : top->m_arready & ~bit;
      if (!offered[p]) {  // what is offered stays until it is taken
        bool serve = !reads[p].empty() && cycle >= reads[p].front().ready && random_yes(70);
        top->m_rvalid = serve ? top->m_rvalid | bit : top->m_rvalid & ~bit;
        if (serve) {
          const Burst& burst = reads[p].front();
          uint8_t* from = at(burst.addr, 8);
          uint64_t data = 0;
          if (from) memcpy(&data, from, 8); else data = edge(burst.addr);
          (p ? top->m_rdata1 : top->m_rdata0) = data;
          top->m_rerror = from || touches(burst.addr) ? top->m_rerror & ~bit : top->m_rerror | bit;
          top->m_rlast = burst.beats == 1 ? top->m_rlast | bit : top->m_rlast & ~bit;
          offered[p] = true;
        }
      }
    }
    top->m_awready = writes.size() < 8 && random_yes(60);
    top->m_wready = random_yes(70);
    bool ack = !acks.empty() && cycle >= acks.front();
    top->m_bvalid = ack;
    top->m_berror = ack && bad_acks > 0 && acks.size() <= bad_acks;
  }

  // A beat that hangs over an end of the window reads what is inside it.
  bool touches(uint32_t address) const { return address + uint64_t(8) > dram_base && address < dram_base + dram_size; }

  uint64_t edge(uint32_t address) const {
    uint64_t data = 0;
    for (uint32_t i = 0; i < 8; i++)
      if (uint8_t* b = at(address + i, 1)) data |= uint64_t(*b) << (8 * i);
    return data;
  }

  void take() {
    for (int p = 0; p < 2; p++) {
      uint32_t bit = 1u << p;
      if (top->m_arvalid & top->m_arready & bit) {
        uint64_t latency = options.seed ? 1 + random.next() % 60 : options.read_latency;
        reads[p].push_back({p ? top->m_araddr1 : top->m_araddr0, (p ? top->m_arlen1 : top->m_arlen0) + 1u, cycle + latency});
        last_progress = cycle;
      }
      if (top->m_rvalid & top->m_rready & bit) {
        Burst& burst = reads[p].front();
        burst.addr += 8;
        offered[p] = false;
        if (--burst.beats == 0) {
          reads[p].pop_front();
          uint64_t gap = options.seed ? random.next() % 8 : options.burst_gap;
          if (!reads[p].empty() && reads[p].front().ready < cycle + 1 + gap) reads[p].front().ready = cycle + 1 + gap;
        }
        last_progress = cycle;
      }
    }
    if (top->m_awvalid && top->m_awready) { writes.push_back({top->m_awaddr, top->m_awlen + 1u, 0}); last_progress = cycle; }
    if (top->m_bvalid && top->m_bready) {
      if (top->m_berror && bad_acks > 0) bad_acks--;
      acks.pop_front();
    }
    if (top->m_wvalid && top->m_wready) {
      data.push_back({top->m_wdata, top->m_wstrb, uint8_t(top->m_wlast)});
      last_progress = cycle;
    }
    while (!writes.empty() && !data.empty()) {
      Burst& burst = writes.front();
      Beat beat = data.front();
      data.pop_front();
      for (uint32_t i = 0; i < 8; i++)
        if (beat.strobe >> i & 1) {
          if (uint8_t* to = at(burst.addr + i, 1)) *to = uint8_t(beat.data >> (8 * i)); else burst.ready = 1;
        }
      burst.addr += 8;
      if (--burst.beats == 0 || beat.last) {
        if (burst.ready) bad_acks++;
        writes.pop_front();
        acks.push_back(cycle + (options.seed ? 1 + random.next() % 40 : options.write_latency));
      }
    }
    if (top->progress) last_progress = cycle;
  }

  struct Beat { uint64_t data; uint8_t strobe, last; };

  std::unique_ptr<VerilatedContext> context;
  std::unique_ptr<Vvta_sim> top;
  Options options{};
  Random random{};
  uint8_t* dram = nullptr;
  uint64_t dram_base = 0, dram_size = 0;
  uint64_t cycle = 0, last_progress = 0;
  std::deque<Burst> reads[2], writes;
  std::deque<Beat> data;
  std::deque<uint64_t> acks;
  size_t bad_acks = 0;
  bool offered[2] = {};
};

}  // namespace

#define VTA_API extern "C" __attribute__((visibility("default")))

// Layout version of Options and Result, checked by the loader.
VTA_API uint32_t vta_rtl_abi() { return 1; }
VTA_API void* vta_rtl_create(uint32_t fault) { return new Device(fault); }
VTA_API void vta_rtl_destroy(void* device) { delete static_cast<Device*>(device); }
VTA_API uint32_t vta_rtl_read(void* device, uint32_t offset) { return static_cast<Device*>(device)->read(offset); }
VTA_API void vta_rtl_run(void* device, uint8_t* dram, uint64_t base, uint64_t size, uint32_t insn_addr, uint32_t insn_count,
                         const Options* options, Result* result) {
  auto* d = static_cast<Device*>(device);
  d->set_memory(dram, base, size);
  d->run(insn_addr, insn_count, *options, *result);
  d->set_memory(nullptr, 0, 0);
}
