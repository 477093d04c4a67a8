`include "vta_params.svh"
// Register block behind one AXI4-Lite slave of 16 KiB: the four blocks of 4 KiB of the HLS design with its protocol (fetch,
// load, compute, store), and from 0x100 of the first what only this design has: identification, error, counters.
module vta_regs #(`VTA_PARAMS) (clk, rst, core_on,
  aw_valid, aw_ready, aw_addr, w_valid, w_ready, w_data, w_strb, b_valid, b_ready,
  ar_valid, ar_ready, ar_addr, r_valid, r_ready, r_data,
  start, insn_count, insn_addr, inp_base, wgt_base, uop_base, acc_base, out_base, fetch_busy, all_idle, finished, flush,
  error_fetch, error_load, error_compute, error_store, error_read, halt,
  dispatch, retire, count_gemm, count_alu, count_stall, load_idle, compute_idle, store_idle,
  load_waiting, compute_waiting, store_waiting, read_beat, write_beat);
  input  wire clk, rst; output wire core_on;
  input  wire aw_valid; output wire aw_ready; input wire [13:0] aw_addr;
  input  wire w_valid; output wire w_ready; input wire [31:0] w_data; input wire [3:0] w_strb;
  output reg  b_valid; input wire b_ready;
  input  wire ar_valid; output wire ar_ready; input wire [13:0] ar_addr;
  output reg  r_valid; input wire r_ready; output reg [31:0] r_data;
  output wire start; output reg [31:0] insn_count, insn_addr, inp_base, wgt_base, uop_base, acc_base, out_base;
  input  wire fetch_busy, all_idle, finished; output wire flush;
  input  wire [3:0] error_fetch, error_load, error_compute, error_store; input wire error_read; output wire halt;
  input  wire dispatch; input wire [2:0] retire; input wire count_gemm, count_alu, count_stall;
  input  wire load_idle, compute_idle, store_idle, load_waiting, compute_waiting, store_waiting;
  input  wire [1:0] read_beat; input wire write_beat;
`include "vta_layout.svh"
  // ------------------------------------------------------------------ writes
  wire write = aw_valid && w_valid && (!b_valid || b_ready);
  assign aw_ready = write;
  assign w_ready = write;
  reg pending, done, fetch_done; reg [2:0] restart;
  reg [3:0] error_code; reg [2:0] error_module; reg [31:0] error_index;
  // A start after an error first empties every queue, once nothing is under way.
  assign flush = pending && halt && all_idle;
  assign start = pending && !halt && !fetch_busy;
  assign halt = error_code != 0;
  // ------------------------------------------------------------------ clock of everything else
  // Needed from a start until nothing has been under way for 16 cycles, and in reset. The double-pumped dot products are in step
  // with clk2, which has no gate, so there the clock always runs. A start is taken at the edge that core_on lets through.
  reg active; reg [3:0] still; reg [63:0] clocked;
  wire under_way = pending || fetch_busy || !load_idle || !compute_idle || !store_idle || !all_idle;
  assign core_on = DOUBLE_PUMP != 0 || rst || pending || active;
  always_ff @(posedge clk) begin
    still <= under_way ? 4'd0 : still == 4'd15 ? still : still + 4'd1;
    active <= rst || under_way || (active && still != 4'd15);
    clocked <= rst ? 64'd0 : clocked + {63'd0, core_on};
    if (rst) still <= 4'd0;
  end
  // ------------------------------------------------------------------ counters of a run
  reg running; reg [63:0] cycles;
  reg [31:0] gemm, alu, stall, load_busy, compute_busy, store_busy, load_wait, compute_wait, store_wait, reads, writes;
  reg [31:0] dispatched; reg [31:0] retired_load, retired_compute, retired_store;
  wire [31:0] none = 32'd0;
  wire [3:0] now_fetch = error_fetch, now_load = error_load, now_compute = error_compute, now_store = error_store;
  always_ff @(posedge clk) begin
    if (b_ready) b_valid <= 1'b0;
    if (write) begin
      b_valid <= 1'b1;
      case ({aw_addr[13:2], 2'b00})
        14'h0000: if (w_data[0] && w_strb[0]) pending <= 1'b1;
        14'h0010: insn_count <= w_data;
        14'h0018: insn_addr <= w_data;
        14'h1000: restart[0] <= w_data[7];
        14'h1010: inp_base <= w_data;
        14'h1018: wgt_base <= w_data;
        14'h2000: restart[1] <= w_data[7];
        14'h2020: uop_base <= w_data;
        14'h2028: acc_base <= w_data;
        14'h3000: restart[2] <= w_data[7];
        14'h3010: out_base <= w_data;
        default: ;
      endcase
    end
    if (running) begin
      cycles <= cycles + 1'b1;
      gemm <= gemm + {31'd0, count_gemm}; alu <= alu + {31'd0, count_alu}; stall <= stall + {31'd0, count_stall};
      load_busy <= load_busy + {31'd0, !load_idle && !load_waiting}; load_wait <= load_wait + {31'd0, load_waiting};
      compute_busy <= compute_busy + {31'd0, !compute_idle && !compute_waiting};
      compute_wait <= compute_wait + {31'd0, compute_waiting};
      store_busy <= store_busy + {31'd0, !store_idle && !store_waiting}; store_wait <= store_wait + {31'd0, store_waiting};
      reads <= reads + {30'd0, read_beat}; writes <= writes + {31'd0, write_beat};
    end
    if (finished) begin done <= 1'b1; running <= 1'b0; end
    if (!fetch_busy && running) fetch_done <= 1'b1;
    if (error_code == 0) begin
      // The first error stays. Its index is the instruction's place in its module's queue, or in the stream for fetch.
      if (now_fetch != 0) begin error_code <= now_fetch; error_module <= 3'd0; error_index <= dispatched; end
      if (now_store != 0) begin error_code <= now_store; error_module <= 3'd3; error_index <= retired_store; end
      if (now_load != 0) begin error_code <= now_load; error_module <= 3'd1; error_index <= retired_load; end
      if (now_compute != 0) begin error_code <= now_compute; error_module <= 3'd2; error_index <= retired_compute; end
      if (error_read) begin error_code <= E_READ; error_module <= 3'd4; error_index <= 0; end
    end else running <= 1'b0;
    dispatched <= dispatched + {31'd0, dispatch};
    retired_load <= retired_load + {31'd0, retire[0]};
    retired_compute <= retired_compute + {31'd0, retire[1]};
    retired_store <= retired_store + {31'd0, retire[2]};
    if (flush) begin error_code <= 0; error_module <= 0; error_index <= 0; end
    if (start) begin
      pending <= 1'b0; done <= 1'b0; fetch_done <= 1'b0; running <= 1'b1; cycles <= 0;
      gemm <= 0; alu <= 0; stall <= 0; load_busy <= 0; compute_busy <= 0; store_busy <= 0; load_wait <= 0; compute_wait <= 0;
      store_wait <= 0; reads <= 0; writes <= 0; dispatched <= 0; retired_load <= 0; retired_compute <= 0; retired_store <= 0;
    end
    // ---------------------------------------------------------------- reads
    if (r_ready) r_valid <= 1'b0;
    if (ar_valid && ar_ready) begin
      r_valid <= 1'b1;
      case ({ar_addr[13:2], 2'b00})
        14'h0000: begin
          r_data <= {28'd0, !fetch_busy, !fetch_busy && !pending, fetch_done, fetch_busy || pending};
          fetch_done <= 1'b0;
        end
        14'h0010: r_data <= insn_count;
        14'h0018: r_data <= insn_addr;
        14'h0100: r_data <= 32'h46455654;                    // "FEVT": this design
        14'h0104: r_data <= 32'h00010000;                    // version of the identification block
        14'h0108: r_data <= {LOG_ACC_WIDTH[3:0], LOG_WGT_WIDTH[3:0], LOG_INP_WIDTH[3:0], LOG_BLOCK[3:0], LOG_BATCH[3:0],
          4'd0, 4'd0, 2'd0, PORTS[1:0]};
        14'h010c: r_data <= {LOG_ACC_BUFF_SIZE[7:0], LOG_WGT_BUFF_SIZE[7:0], LOG_INP_BUFF_SIZE[7:0], LOG_UOP_BUFF_SIZE[7:0]};
        14'h0110: r_data <= {26'd0, DOUBLE_PUMP == 0, DOUBLE_PUMP != 0, INP_W == 8 && LEGACY_ISA == 0, LEGACY_ISA == 0, 1'b1, LEGACY_ISA != 0};
        14'h0120: r_data <= {21'd0, error_module, 4'd0, error_code};
        14'h0124: r_data <= error_index;
        14'h0128: r_data <= cycles[31:0];
        14'h012c: r_data <= cycles[63:32];
        14'h0130: r_data <= gemm;
        14'h0134: r_data <= alu;
        14'h0138: r_data <= stall;
        14'h013c: r_data <= load_busy;
        14'h0140: r_data <= compute_busy;
        14'h0144: r_data <= store_busy;
        14'h0148: r_data <= load_wait;
        14'h014c: r_data <= compute_wait;
        14'h0150: r_data <= store_wait;
        14'h0154: r_data <= reads;
        14'h0158: r_data <= writes;
        14'h015c: r_data <= clocked[31:0];
        14'h0160: r_data <= clocked[63:32];
        14'h1000: r_data <= {24'd0, restart[0], 4'd0, load_idle, 1'b0, !load_idle};
        14'h1010: r_data <= inp_base;
        14'h1018: r_data <= wgt_base;
        14'h2000: r_data <= {24'd0, restart[1], 4'd0, compute_idle, 1'b0, !compute_idle};
        14'h2018: r_data <= {31'd0, done && !pending};
        14'h2020: r_data <= uop_base;
        14'h2028: r_data <= acc_base;
        14'h3000: r_data <= {24'd0, restart[2], 4'd0, store_idle, 1'b0, !store_idle};
        14'h3010: r_data <= out_base;
        default: r_data <= none;
      endcase
    end
    if (rst) begin
      b_valid <= 1'b0; r_valid <= 1'b0; pending <= 1'b0; done <= 1'b0; fetch_done <= 1'b0; restart <= 0; running <= 1'b0;
      error_code <= 0; error_module <= 0; error_index <= 0; insn_count <= 0; insn_addr <= 0;
      inp_base <= 0; wgt_base <= 0; uop_base <= 0; acc_base <= 0; out_base <= 0;
      dispatched <= 0; retired_load <= 0; retired_compute <= 0; retired_store <= 0; cycles <= 0;
    end
  end
  assign ar_ready = !r_valid || r_ready;
endmodule
