`include "vta_params.svh"
// Store module: rows of output elements to DRAM. It is complete when the memory has acknowledged every burst.
module vta_store #(`VTA_PARAMS) (clk, rst, halt,
  insn_valid, insn, insn_pop, token_in, token_pop, token_full, token_push, out_base,
  out_re, out_ra, out_rd,
  aw_valid, aw_ready, aw_addr, aw_len, w_valid, w_ready, w_data, w_strb, w_last, b_valid, b_error,
  idle, waiting, error);
`include "vta_layout.svh"
  input  wire clk, rst, halt;
  input  wire insn_valid; input wire [127:0] insn; output wire insn_pop;
  input  wire token_in, token_full; output wire token_pop, token_push;
  input  wire [31:0] out_base;
  output wire out_re; output wire [A-1:0] out_ra; input wire [(8<<EB_OUT)-1:0] out_rd;
  output reg  aw_valid; input wire aw_ready; output reg [31:0] aw_addr; output reg [3:0] aw_len;
  output reg  w_valid; input wire w_ready; output reg [63:0] w_data; output reg [7:0] w_strb; output reg w_last;
  input  wire b_valid, b_error;
  output wire idle, waiting; output wire [3:0] error;
  `VTA_FAULT_SELECT
`include "vta_rows.svh"
  wire [2:0] memory = {{(3-ID_W){1'b0}}, insn[F_MEM +: ID_W]};
  wire bad_memory = LEGACY_ISA != 0 ? memory != 3'd0 && memory != MEM_ACC : memory != MEM_OUT;
  wire pop_prev = insn[3], pop_next = insn[4], push_prev = insn[5], push_next = insn[6];
  wire has_pads = (f_ypad0 | f_ypad1 | f_xpad0 | f_xpad1) != 0;
  wire nothing = f_xsize == 0;
  localparam [1:0] S_IDLE = 2'd0, S_START = 2'd1, S_RUN = 2'd2, S_PUSH = 2'd3;
  reg [1:0] state;
  wire ready = state == S_IDLE && insn_valid && !halt;
  wire bad = pop_next || push_next || (!nothing && (bad_memory || has_pads));
  wire accept = ready && !bad && (!pop_prev || token_in);
  assign waiting = ready && pop_prev && !token_in;
  assign token_pop = accept && pop_prev;
  assign token_push = state == S_PUSH && push_prev && !token_full;
  assign insn_pop = state == S_PUSH && (!push_prev || !token_full);
  assign idle = state == S_IDLE && !insn_valid;
  // ------------------------------------------------------------------ bursts, as in vta_reader
  reg active, cut;
  reg [31:0] first, cur, row_addr, left;
  reg [15:0] rows_left;
  reg [7:0] piece;
  reg [5:0] unanswered;
  wire [31:0] row_bytes = {16'd0, f_xsize} << EB_OUT, pitch = {16'd0, `VTA_FAULT(4) ? f_xsize : f_stride} << EB_OUT;  // fault 4: rows are dense
  wire [7:0] to_boundary = 8'd128 - {1'b0, cur[6:0]};
  wire [7:0] piece_w = left < {24'd0, to_boundary} ? left[7:0] : to_boundary;
  wire [7:0] span = piece + {5'd0, cur[2:0]} + 8'd7;
  wire desc_full, desc_valid, desc_pop; wire [3:0] desc_count;
  wire issue = active && cut && !desc_full && (!aw_valid || aw_ready) && !unanswered[5];
  wire end_row = left == {24'd0, piece};
  wire [10:0] desc;
  vta_fifo #(.WIDTH(11), .LOG_DEPTH(3)) descriptors (
    .clk(clk), .rst(rst), .push(issue), .in({cur[2:0], piece}), .full(desc_full), .valid(desc_valid), .out(desc),
    .pop(desc_pop), .count(desc_count));
  wire [31:0] next_row_addr = row_addr + pitch;
  // ------------------------------------------------------------------ data: an element per step if small, else a beat
  localparam integer SMALL = EB_OUT < 3, STEP = SMALL ? 1 << EB_OUT : 8;
  localparam integer COLS = SMALL ? 1 : 1 << (EB_OUT - 3), LOG_COLS = SMALL ? 0 : EB_OUT - 3;
  reg sending;
  reg [7:0] bytes_q; reg [2:0] at;
  reg [19:0] line; reg [LOG_COLS:0] col;
  wire last = bytes_q == STEP[7:0];
  wire [3:0] at_next = {1'b0, at} + STEP[3:0];
  // stage 1: address to the memory; stage 2: memory output; stage 3: the beat
  reg w_fresh;                             // the next element begins a beat
  reg v2, last2, end2, outside2; reg [LOG_COLS:0] col2; reg [2:0] at2;
  wire go = !w_valid || w_ready;
  wire step = sending && go;               // what lies outside is sent without strobes: the bursts are under way
  wire outside = sending && (line >> A) != 0;
  assign desc_pop = desc_valid && (!sending || (step && last));
  assign out_re = go;
  assign out_ra = line[A-1:0];
  wire [(8<<EB_OUT)-1:0] beat = out_rd >> (SMALL ? 0 : 64 * col2);
  wire [63:0] placed = SMALL ? {{(64 - (SMALL ? 8 << EB_OUT : 0)){1'b0}}, beat[(SMALL ? (8 << EB_OUT) : 64)-1:0]} << {at2, 3'b000}
                             : beat[(SMALL ? (8 << EB_OUT) : 64)-1:0];
  wire [7:0] strobe = outside2 ? 8'd0 : SMALL ? ((8'd1 << STEP[3:0]) - 8'd1) << at2 : 8'hff;
  assign error = ready && bad ? (bad_memory && !nothing ? E_MEMORY : has_pads && !nothing ? E_PADDING : E_FLAGS)
    : outside ? E_RANGE : b_valid && b_error ? E_WRITE : 4'd0;
  wire finished = !active && !aw_valid && !desc_valid && !sending && !v2 && !w_valid && unanswered == 0;
  always_ff @(posedge clk) begin
    case (state)
      S_IDLE: begin
        first <= out_base + (f_dram << EB_OUT);
        if (accept) state <= S_START;
      end
      S_START: state <= nothing ? S_PUSH : S_RUN;
      S_RUN: if (finished) state <= S_PUSH;
      default: if (insn_pop) state <= S_IDLE;
    endcase
    if (aw_ready) aw_valid <= 1'b0;
    if (issue) begin
      aw_valid <= 1'b1; aw_addr <= {cur[31:3], 3'b000}; aw_len <= span[6:3] - 4'd1;
    end
    if (`VTA_FAULT(5) && aw_valid && !aw_ready) aw_addr <= aw_addr ^ 32'd128;  // fault 5: an address that does not stay
    unanswered <= unanswered + {5'd0, issue} - {5'd0, b_valid};
    if (active) begin
      cut <= !issue;
      piece <= piece_w;
      if (issue) begin
        cur <= cur + {24'd0, piece}; left <= left - {24'd0, piece};
        if (end_row) begin
          cur <= next_row_addr; row_addr <= next_row_addr; left <= row_bytes; rows_left <= rows_left - 1'b1;
          if (rows_left == 16'd1) active <= 1'b0;
        end
      end
      if (halt) active <= 1'b0;
    end
    if (go) begin
      v2 <= step; outside2 <= outside; col2 <= col; at2 <= at; last2 <= last; end2 <= at_next[3] || last;
      w_valid <= v2 && end2; w_last <= last2;
      if (v2) begin
        // a small element joins those that are already in its beat
        w_data <= SMALL != 0 && !w_fresh ? w_data | placed : placed;
        w_strb <= SMALL != 0 && !w_fresh ? w_strb | strobe : strobe;
        w_fresh <= end2;
      end
    end
    if (step) begin
      bytes_q <= bytes_q - STEP[7:0]; at <= at_next[2:0];
      if (SMALL != 0 || col == COLS - 1) begin col <= 0; line <= line[19] ? line : line + 1'b1; end
      else col <= col + 1'b1;
      if (last) sending <= 1'b0;
    end
    if (desc_pop) begin sending <= 1'b1; at <= desc[10:8]; bytes_q <= desc[7:0]; end
    if (state == S_START && !nothing) begin
      active <= f_ysize != 0; cut <= 1'b0; cur <= first; row_addr <= first; left <= row_bytes; rows_left <= f_ysize;
      line <= {4'd0, f_sram}; col <= 0;
    end
    if (rst) begin
      state <= S_IDLE; active <= 1'b0; aw_valid <= 1'b0; sending <= 1'b0; v2 <= 1'b0; w_valid <= 1'b0; unanswered <= 0; w_fresh <= 1'b1;
    end
  end
endmodule
