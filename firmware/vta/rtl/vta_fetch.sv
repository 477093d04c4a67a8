`include "vta_params.svh"
// Fetch module: reads the instruction stream and hands each instruction to the queue of its module.
module vta_fetch #(`VTA_PARAMS) (clk, rst, halt, start, count, addr,
  ar_valid, ar_ready, ar_addr, ar_len, r_valid, r_ready, r_data,
  insn, load_push, load_full, compute_push, compute_full, store_push, store_full, busy, dispatch, error);
`include "vta_layout.svh"
  input  wire clk, rst, halt, start; input wire [31:0] count, addr;
  output reg  ar_valid; input wire ar_ready; output reg [31:0] ar_addr; output reg [3:0] ar_len;
  input  wire r_valid; output wire r_ready; input wire [63:0] r_data;
  output wire [127:0] insn; output wire load_push, compute_push, store_push; input wire load_full, compute_full, store_full;
  output wire busy, dispatch; output wire [3:0] error;
  reg [31:0] cur, beats_left;          // 8-byte beats still to request
  reg [6:0] reserved;                  // beats requested or waiting in the buffer, of 64
  wire [4:0] to_boundary = 5'd16 - {1'b0, cur[6:3]};
  wire [4:0] beats = beats_left < {27'd0, to_boundary} ? beats_left[4:0] : to_boundary;
  // Room for every beat is reserved before it is requested, so the memory port never waits for a full command queue.
  wire issue = beats_left != 0 && reserved + {2'd0, beats} <= 7'd64 && (!ar_valid || ar_ready) && !halt;
  wire [63:0] beat; wire have, pop; wire [6:0] held; wire full;
  vta_fifo #(.WIDTH(64), .LOG_DEPTH(6)) buffer (
    .clk(clk), .rst(rst), .push(r_valid), .in(r_data), .full(full), .valid(have), .out(beat), .pop(pop), .count(held));
  assign r_ready = 1'b1;
  reg half; reg [63:0] low;
  assign insn = {beat, low};
  wire whole = have && half && !halt;
  wire [2:0] opcode = low[2:0];
  wire [2:0] memory = {{(3-ID_W){1'b0}}, low[F_MEM +: ID_W]};
  wire to_load = opcode == OP_LOAD && (memory == MEM_INP || memory == MEM_WGT);
  wire to_store = opcode == OP_STORE, invalid = opcode > OP_ALU;
  wire room = to_load ? !load_full : to_store ? !store_full : !compute_full;
  assign dispatch = whole && !invalid && room;
  assign load_push = dispatch && to_load;
  assign store_push = dispatch && to_store;
  assign compute_push = dispatch && !to_load && !to_store;
  assign pop = have && (!half || dispatch || halt);
  assign error = whole && invalid ? E_OPCODE : 4'd0;
  assign busy = ar_valid || (beats_left != 0 && !halt) || reserved != 0;
  always_ff @(posedge clk) begin
    if (ar_ready) ar_valid <= 1'b0;
    if (issue) begin
      ar_valid <= 1'b1; ar_addr <= cur; ar_len <= beats[3:0] - 4'd1;
      cur <= cur + {24'd0, beats, 3'b000}; beats_left <= beats_left - {27'd0, beats};
    end
    reserved <= reserved + (issue ? {2'd0, beats} : 7'd0) - {6'd0, pop};
    if (pop) begin half <= !half; if (!half) low <= beat; end
    if (start) begin cur <= {addr[31:3], 3'b000}; beats_left <= {count[30:0], 1'b0}; half <= 1'b0; end
    if (rst) begin ar_valid <= 1'b0; beats_left <= 0; reserved <= 0; half <= 1'b0; end
  end
endmodule
