`include "vta_params.svh"
// Load module: LOAD of activations and weights. One reader per port, a padder, and the two scratchpads, whose read side
// belongs to the compute module.
module vta_load #(`VTA_PARAMS) (clk, rst, halt,
  insn_valid, insn, insn_pop, token_in, token_pop, token_full, token_push, inp_base, wgt_base,
  ar_valid, ar_ready, ar_addr, ar_len, r_valid, r_ready, r_data,
  inp_ra, inp_rd, wgt_ra, wgt_rd, idle, waiting, error);
`include "vta_layout.svh"
  input  wire clk, rst, halt;
  input  wire insn_valid; input wire [127:0] insn; output wire insn_pop;
  input  wire token_in, token_full; output wire token_pop, token_push;
  input  wire [31:0] inp_base, wgt_base;
  output wire [PORTS-1:0] ar_valid; input wire [PORTS-1:0] ar_ready; output wire [32*PORTS-1:0] ar_addr;
  output wire [4*PORTS-1:0] ar_len;
  input  wire [PORTS-1:0] r_valid; output wire [PORTS-1:0] r_ready; input wire [64*PORTS-1:0] r_data;
  input  wire [I-1:0] inp_ra; output wire [(8<<EB_INP)-1:0] inp_rd;
  input  wire [W-1:0] wgt_ra; output wire [(8<<EB_WGT)-1:0] wgt_rd;
  output wire idle, waiting; output wire [3:0] error;
  `VTA_FAULT_SELECT
`include "vta_rows.svh"
  wire is_wgt = insn[F_MEM +: ID_W] == MEM_WGT[ID_W-1:0];
  wire pop_prev = insn[3], pop_next = insn[4], push_prev = insn[5], push_next = insn[6];
  localparam [1:0] S_IDLE = 2'd0, S_START = 2'd1, S_RUN = 2'd2, S_PUSH = 2'd3;
  reg [1:0] state;
  reg to_wgt;
  wire bad_flags = pop_prev || push_prev;
  wire ready = state == S_IDLE && insn_valid && !halt;
  wire accept = ready && !bad_flags && (!pop_next || token_in);
  assign waiting = ready && pop_next && !token_in;
  assign token_pop = accept && pop_next;
  wire start = state == S_START && f_xsize != 0;
  wire pad_busy, pad_valid; wire [19:0] pad_line;
  wire [PORTS-1:0] rd_busy, w_valid, w_ready;
  wire [20*PORTS-1:0] w_line; wire [9*PORTS-1:0] w_beat; wire [64*PORTS-1:0] w_data;
  // The decoded instruction, registered in S_IDLE so that the adders have a cycle of their own.
  reg [31:0] row_addr; reg [19:0] data_line;
  wire [3:0] log_eb = is_wgt ? EB_WGT[3:0] : EB_INP[3:0];
  wire finished = !pad_busy && rd_busy == 0;
  assign token_push = state == S_PUSH && !token_full && push_next;
  assign insn_pop = state == S_PUSH && (!push_next || !token_full);
  assign idle = state == S_IDLE && !insn_valid;
  always_ff @(posedge clk) begin
    case (state)
      S_IDLE: begin
        row_addr <= is_wgt ? wgt_base + (f_dram << EB_WGT) : inp_base + (f_dram << EB_INP);
        data_line <= {4'd0, f_sram} + f_above + {16'd0, `VTA_FAULT(3) ? 4'd0 : f_xpad0};  // fault 3: left pad ignored
        to_wgt <= is_wgt;
        if (accept) state <= S_START;
      end
      S_START: state <= f_xsize == 0 ? S_PUSH : S_RUN;
      S_RUN: if (finished) state <= S_PUSH;
      default: if (insn_pop) state <= S_IDLE;
    endcase
    if (rst) state <= S_IDLE;
  end
  vta_padder padder (
    .clk(clk), .rst(rst), .start(start), .abort(halt), .line({4'd0, f_sram}), .x_size(f_xsize), .y_size(f_ysize),
    .y_pad0(f_ypad0), .y_pad1(f_ypad1), .x_pad0(f_xpad0), .x_pad1(f_xpad1), .busy(pad_busy),
    .w_valid(pad_valid), .w_ready(1'b1), .w_line(pad_line));
  genvar p, c;
  generate
    for (p = 0; p < PORTS; p = p + 1) begin : g_port
      vta_reader #(.PORT(p), .PORTS(PORTS), .SMALL(EB_INP < 3 || EB_WGT < 3)) reader (
        .clk(clk), .rst(rst), .start(start), .abort(halt), .addr(row_addr),
        .pitch({16'd0, f_stride} << log_eb), .rows(f_ysize), .row_bytes({16'd0, f_xsize} << log_eb),
        .line(data_line), .line_pitch(f_width), .log_eb(log_eb), .busy(rd_busy[p]),
        .ar_valid(ar_valid[p]), .ar_ready(ar_ready[p]), .ar_addr(ar_addr[32*p +: 32]), .ar_len(ar_len[4*p +: 4]),
        .r_valid(r_valid[p]), .r_ready(r_ready[p]), .r_data(r_data[64*p +: 64]),
        .w_valid(w_valid[p]), .w_ready(w_ready[p]), .w_line(w_line[20*p +: 20]), .w_beat(w_beat[9*p +: 9]),
        .w_data(w_data[64*p +: 64]));
    end
  endgenerate
  // A zero element takes all columns of a scratchpad for a cycle, so data waits for it; and of two ports that want the same
  // column the second waits.
  wire same_column = PORTS == 2 && w_valid == 2'b11 && w_beat[8:0] == w_beat[9*(PORTS-1) +: 9];
  assign w_ready[0] = !pad_valid;
  generate
    if (PORTS == 2) begin : g_second assign w_ready[1] = !pad_valid && !same_column; end
  endgenerate
  // Ranges: a write outside its scratchpad is an error, and is not done.
  wire [4:0] log_depth = to_wgt ? W[4:0] : I[4:0];
  wire [PORTS-1:0] outside;
  generate
    for (p = 0; p < PORTS; p = p + 1) begin : g_range
      assign outside[p] = w_valid[p] && (w_line[20*p +: 20] >> log_depth) != 0;
    end
  endgenerate
  wire pad_outside = pad_valid && (pad_line >> log_depth) != 0;
  assign error = ready && bad_flags ? E_FLAGS : outside != 0 || pad_outside ? E_RANGE : 4'd0;
  // Scratchpads: columns of a beat, each with its own write port.
  localparam integer INP_COLS = EB_INP > 3 ? 1 << (EB_INP - 3) : 1, WGT_COLS = EB_WGT > 3 ? 1 << (EB_WGT - 3) : 1;
  localparam integer INP_CW = (8 << EB_INP) / INP_COLS, WGT_CW = (8 << EB_WGT) / WGT_COLS;
  generate
    for (c = 0; c < INP_COLS; c = c + 1) begin : g_inp
      wire [PORTS-1:0] hit;
      for (p = 0; p < PORTS; p = p + 1) begin : g_hit
        assign hit[p] = w_valid[p] && w_ready[p] && !to_wgt && w_beat[9*p +: 9] == c && !outside[p];
      end
      localparam integer L = PORTS - 1;
      wire [19:0] line = pad_valid ? pad_line : PORTS == 2 && hit[L] ? w_line[20*L +: 20] : w_line[19:0];
      wire [63:0] data = PORTS == 2 && hit[L] ? w_data[64*L +: 64] : w_data[63:0];
      vta_ram #(.WIDTH(INP_CW), .LOG_DEPTH(I)) ram (
        .clk(clk), .we(hit != 0 || (pad_valid && !to_wgt && !pad_outside)), .wa(line[I-1:0]),
        .wd(pad_valid ? {INP_CW{1'b0}} : data[INP_CW-1:0]), .re(1'b1), .ra(inp_ra), .rd(inp_rd[c*INP_CW +: INP_CW]));
    end
    for (c = 0; c < WGT_COLS; c = c + 1) begin : g_wgt
      // Elements of 256 bytes and more: bit 7 of the address, and with it the port, is known for each column.
      localparam integer FIXED = PORTS == 2 && EB_WGT >= 8;
      localparam integer OWN = FIXED ? (c >> 4) & 1 : 0, OTHER = FIXED ? OWN : PORTS - 1;
      wire hit0 = w_valid[OWN] && w_ready[OWN] && to_wgt && w_beat[9*OWN +: 9] == c && !outside[OWN];
      wire hit1 = !FIXED && PORTS == 2 && w_valid[OTHER] && w_ready[OTHER] && to_wgt && w_beat[9*OTHER +: 9] == c && !outside[OTHER];
      wire [19:0] line = pad_valid ? pad_line : hit1 ? w_line[20*OTHER +: 20] : w_line[20*OWN +: 20];
      wire [63:0] data = hit1 ? w_data[64*OTHER +: 64] : w_data[64*OWN +: 64];
      vta_ram #(.WIDTH(WGT_CW), .LOG_DEPTH(W)) ram (
        .clk(clk), .we(hit0 || hit1 || (pad_valid && to_wgt && !pad_outside)), .wa(line[W-1:0]),
        .wd(pad_valid ? {WGT_CW{1'b0}} : data[WGT_CW-1:0]), .re(1'b1), .ra(wgt_ra), .rd(wgt_rd[c*WGT_CW +: WGT_CW]));
    end
  endgenerate
endmodule
