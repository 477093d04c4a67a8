`include "vta_params.svh"
// Compute module: LOAD of micro-ops and accumulators, GEMM, ALU, FINISH, and the scratchpads they use. Steps run down one
// pipeline:
//   2 addresses   3 activations, weights   4..6 products   5 accumulator address   6 accumulator   7 operands   8 result
// A step waits in stage 2 while a line it reads is still to be written by one of the two steps before it, and takes what the
// third writes past the memory, so results are those of sequential execution and portable programs never wait. The accumulators have one read port: an ALU step with a register source reads that first,
// in a slot of its own, unless the operand register still holds the same line.
module vta_compute #(`VTA_PARAMS) (clk, clk2, rst, halt,
  insn_valid, insn, insn_pop,
  l2g_in, l2g_pop, s2g_in, s2g_pop, g2l_full, g2l_push, g2s_full, g2s_push,
  uop_base, acc_base, ar_valid, ar_ready, ar_addr, ar_len, r_valid, r_ready, r_data,
  inp_ra, inp_rd, wgt_ra, wgt_rd, out_re, out_ra, out_rd,
  done, idle, waiting, count_gemm, count_alu, count_stall, error);
`include "vta_layout.svh"
  input  wire clk, clk2, rst, halt;
  input  wire insn_valid; input wire [127:0] insn; output wire insn_pop;
  input  wire l2g_in, s2g_in, g2l_full, g2s_full; output wire l2g_pop, s2g_pop, g2l_push, g2s_push;
  input  wire [31:0] uop_base, acc_base;
  output wire ar_valid; input wire ar_ready; output wire [31:0] ar_addr; output wire [3:0] ar_len;
  input  wire r_valid; output wire r_ready; input wire [63:0] r_data;
  output wire [I-1:0] inp_ra; input wire [(8<<EB_INP)-1:0] inp_rd;
  output wire [W-1:0] wgt_ra; input wire [(8<<EB_WGT)-1:0] wgt_rd;
  input  wire out_re; input wire [A-1:0] out_ra; output wire [(8<<EB_OUT)-1:0] out_rd;
  output wire done, idle, waiting, count_gemm, count_alu, count_stall; output wire [3:0] error;
  `VTA_FAULT_SELECT
`include "vta_rows.svh"
  localparam integer S = A > I ? A : I;
  // ------------------------------------------------------------------ instructions
  wire [2:0] opcode = insn[2:0];
  wire [2:0] memory = {{(3-ID_W){1'b0}}, insn[F_MEM +: ID_W]};
  wire [2:0] aluop_w = {{(3-ID_W){1'b0}}, insn[F_AOP +: ID_W]};
  wire is_load = opcode == OP_LOAD, is_finish = opcode == OP_FINISH, is_loop = opcode == OP_GEMM || opcode == OP_ALU;
  localparam integer ACC8 = LEGACY_ISA == 0 && INP_W == 8;
  wire is_acc8 = memory == MEM_ACC8;
  wire bad_memory = is_load && f_xsize != 0 && memory != MEM_UOP && memory != MEM_ACC && !(is_acc8 && ACC8 != 0);
  wire bad_alu = opcode == OP_ALU && aluop_w > ALU_MUL;
  wire steps = insn[F_IOUT +: 14] != 0 && insn[F_IIN +: 14] != 0 && insn[F_UEND +: U+1] > {1'b0, insn[F_UBGN +: U]};
  wire bad_range = is_loop && steps && insn[F_UEND +: U+1] > (1 << U);
  wire bad_flags = is_finish && (insn[3] || insn[4]);
  wire bad = bad_memory || bad_alu || bad_range || bad_flags;
  localparam [1:0] S_IDLE = 2'd0, S_START = 2'd1, S_RUN = 2'd2, S_PUSH = 2'd3;
  reg [1:0] state;
  wire seq_ready, seq_busy, pipe_busy, mul_busy;
  wire tokens = (!insn[3] || l2g_in) && (!insn[4] || s2g_in);
  wire space = !(insn[5] && g2l_full) && !(insn[6] && g2s_full);
  wire quiet = !seq_busy && !pipe_busy;
  wire ready = state == S_IDLE && insn_valid && !halt;
  wire can = is_loop ? seq_ready : quiet;
  wire accept = ready && !bad && tokens && space && can;
  wire go_loop = accept && is_loop;
  assign waiting = ready && can && !tokens;
  assign l2g_pop = accept && insn[3];
  assign s2g_pop = accept && insn[4];
  assign insn_pop = go_loop || state == S_PUSH;
  assign done = state == S_PUSH && is_finish;
  assign idle = state == S_IDLE && !insn_valid && quiet;
  // ------------------------------------------------------------------ LOAD
  wire ld_busy, pad_busy, pad_valid, ld_valid; wire [19:0] ld_line, pad_line; wire [8:0] ld_beat; wire [63:0] ld_data;
  reg [31:0] row_addr; reg [19:0] data_line; reg to_uop, from8;
  wire [3:0] log_eb = memory == MEM_UOP ? EB_UOP[3:0] : is_acc8 ? EB_ACC8[3:0] : EB_ACC[3:0];
  wire start = state == S_START && is_load && f_xsize != 0;
  always_ff @(posedge clk) begin
    case (state)
      S_IDLE: begin
        row_addr <= memory == MEM_UOP ? uop_base + (f_dram << EB_UOP)
          : is_acc8 ? acc_base + (f_dram << EB_ACC8) : acc_base + (f_dram << EB_ACC);
        data_line <= {4'd0, f_sram} + f_above + {16'd0, f_xpad0};
        to_uop <= memory == MEM_UOP; from8 <= is_acc8;
        if (accept && !is_loop) state <= S_START;
      end
      S_START: state <= S_RUN;
      S_RUN: if (!ld_busy && !pad_busy && !pipe_busy) state <= S_PUSH;
      default: state <= S_IDLE;
    endcase
    if (rst) state <= S_IDLE;
  end
  vta_padder padder (
    .clk(clk), .rst(rst), .start(start), .abort(halt), .line({4'd0, f_sram}), .x_size(f_xsize), .y_size(f_ysize),
    .y_pad0(f_ypad0), .y_pad1(f_ypad1), .x_pad0(f_xpad0), .x_pad1(f_xpad1), .busy(pad_busy),
    .w_valid(pad_valid), .w_ready(1'b1), .w_line(pad_line));
  vta_reader reader (
    .clk(clk), .rst(rst), .start(start), .abort(halt), .addr(row_addr),
    .pitch({16'd0, f_stride} << log_eb), .rows(f_ysize), .row_bytes({16'd0, f_xsize} << log_eb), .line(data_line),
    .line_pitch(f_width), .log_eb(log_eb), .busy(ld_busy),
    .ar_valid(ar_valid), .ar_ready(ar_ready), .ar_addr(ar_addr), .ar_len(ar_len),
    .r_valid(r_valid), .r_ready(r_ready), .r_data(r_data),
    .w_valid(ld_valid), .w_ready(!pad_valid), .w_line(ld_line), .w_beat(ld_beat), .w_data(ld_data));
  wire put = pad_valid || ld_valid;
  wire [19:0] put_line = pad_valid ? pad_line : ld_line;
  wire put_outside = put && (to_uop ? (put_line >> U) != 0 : (put_line >> A) != 0);
  wire put_acc = put && !to_uop && !put_outside;
  // ------------------------------------------------------------------ micro-ops and the steps of loops
  wire uop_re; wire [U-1:0] uop_ra; wire [31:0] uop;
  vta_ram #(.WIDTH(32), .LOG_DEPTH(U)) uops (
    .clk(clk), .we(put && to_uop && !put_outside), .wa(put_line[U-1:0]), .wd(pad_valid ? 32'd0 : ld_data[31:0]),
    .re(uop_re), .ra(uop_ra), .rd(uop));
  wire v2, alu2, reset2, imm2, outside2; wire [2:0] op2; wire [15:0] immediate2; wire [1:0] push2;
  wire [A-1:0] d2; wire [S-1:0] s2; wire [W-1:0] w2; wire stall;
  vta_sequencer #(`VTA_PASS) sequencer (
    .clk(clk), .rst(rst), .start(go_loop), .ready(seq_ready), .insn(insn), .stall(stall),
    .uop_re(uop_re), .uop_ra(uop_ra), .uop(uop), .v(v2), .is_alu(alu2), .reset(reset2), .use_imm(imm2), .aluop(op2),
    .imm(immediate2), .push(push2), .d(d2), .s(s2), .w(w2), .outside(outside2), .busy(seq_busy));
  // ------------------------------------------------------------------ stage 2: may it go?
  // slot: {valid, writes, alu, reset, immediate, product} and operation, immediate, line, push; beside it "past": the line it
  // reads is written at the moment of reading
  localparam integer CW = 6 + 2 + 16 + A + 2;
  reg past3, past4, past5, past6;
  reg [CW-1:0] c3, c4, c5, c6;
  reg held_valid; reg [A-1:0] held;  // the operand register holds line "held"
  wire [A-1:0] sa = s2[A-1:0];
  wire from_register = v2 && alu2 && !imm2;
  wire source_slot = from_register && !(held_valid && held == sa);
  wire [A-1:0] line2 = source_slot ? sa : d2;
  wire reads = v2 && !(reset2 && !alu2);
  function meets(input [CW-1:0] c, input [A-1:0] line);
    meets = c[CW-1] && c[CW-2] && c[A+1:2] == line;
  endfunction
  wire meets5 = meets(c5, line2);
  // fault 8: a step too short
  wire hazard = reads && (meets(c3, line2) || (meets(c4, line2) && !`VTA_FAULT(8)) || (meets5 && source_slot));
  wire blocked = hazard || mul_busy || halt || outside2;
  wire go = v2 && !blocked;
  wire is_mul = alu2 && op2 == ALU_MUL;
  assign stall = (v2 && (blocked || source_slot)) || (mul_busy && push2 != 0);
  wire advance = !stall;
  always_ff @(posedge clk) begin
    if (go) begin
      if (source_slot) begin held <= sa; held_valid <= 1'b1; end
      else if ((alu2 && imm2) || d2 == held) held_valid <= 1'b0;
    end
    if (put_acc || rst) held_valid <= 1'b0;
    c3 <= {go, go && !source_slot, alu2, reset2 && !alu2, imm2, is_mul, op2[1:0], immediate2, line2, advance ? push2 : 2'b00};
    c4 <= c3; c5 <= c4; c6 <= c5;
    past3 <= meets5; past4 <= past3; past5 <= past4; past6 <= past5;
    if (rst) begin
      c3[CW-1] <= 1'b0; c4[CW-1] <= 1'b0; c5[CW-1] <= 1'b0; c6[CW-1] <= 1'b0;
      c3[1:0] <= 0; c4[1:0] <= 0; c5[1:0] <= 0; c6[1:0] <= 0;
    end
  end
  assign inp_ra = s2[I-1:0];
  assign wgt_ra = w2;
  // ------------------------------------------------------------------ stages 3..6: dot products
  wire [LANES*32-1:0] y;
  genvar b, n;
  generate
    if (DOUBLE_PUMP != 0 && BATCH > 1) begin : g_double
      // clk2 has twice the rate of clk and rises with it; "first" tells the halves of a clk period apart.
      reg toggle, seen;
      wire first = toggle ^ seen;
      always_ff @(posedge clk) toggle <= rst ? 1'b0 : !toggle;
      always_ff @(posedge clk2) seen <= toggle;
      for (b = 0; b < BATCH; b = b + 2) begin : g_pair
        wire [BLOCK*32-1:0] yd; reg [BLOCK*32-1:0] even, odd; reg [2*BLOCK*32-1:0] both;
        vta_dot #(.BLOCK(BLOCK), .INP_W(INP_W), .WGT_W(WGT_W), .EXTRA(1), .DSP_PRIMITIVES(DSP_PRIMITIVES)) dot (
          .clk(clk2), .w(wgt_rd), .y(yd),
          .x(first ? inp_rd[b*BLOCK*INP_W +: BLOCK*INP_W] : inp_rd[(b+1)*BLOCK*INP_W +: BLOCK*INP_W]));
        always_ff @(posedge clk2) if (first) odd <= yd; else even <= yd;
        always_ff @(posedge clk) both <= {odd, even};
        assign y[b*BLOCK*32 +: 2*BLOCK*32] = both;
      end
    end else begin : g_single
      for (b = 0; b < BATCH; b = b + 1) begin : g_row
        vta_dot #(.BLOCK(BLOCK), .INP_W(INP_W), .WGT_W(WGT_W), .DSP_PRIMITIVES(DSP_PRIMITIVES)) dot (
          .clk(clk), .x(inp_rd[b*BLOCK*INP_W +: BLOCK*INP_W]), .w(wgt_rd), .y(y[b*BLOCK*32 +: BLOCK*32]));
      end
    end
  endgenerate
  // ------------------------------------------------------------------ stages 5..8: accumulators
  localparam integer COLS = EB_ACC > 3 ? 1 << (EB_ACC - 3) : 1, COL_W = (8 << EB_ACC) / COLS, COL_LANES = COL_W / 32;
  wire [LANES*32-1:0] q6;
  reg [LANES*32-1:0] opa, opb, r8, r9;
  wire [15:0] immediate6 = c6[A+2 +: 16];
  wire imm6 = c6[CW-5], writes6 = c6[CW-2], v6 = c6[CW-1];
  reg v7, alu7, reset7, move7, mul7; reg [1:0] op7, push7; reg [A-1:0] line7; reg [COLS-1:0] cols7;
  reg v8; reg [1:0] push8; reg [A-1:0] line8; reg [COLS-1:0] cols8;
  // a loaded beat enters as operand b of a step that moves it: 64 bits into one column, or 8 bytes into 8 lanes
  wire [COLS-1:0] put_cols;
  generate
    for (n = 0; n < COLS; n = n + 1) begin : g_cols
      assign put_cols[n] = pad_valid || (from8 ? (n * COL_LANES) / 8 == ld_beat : n == ld_beat);
    end
  endgenerate
  reg multiplying; reg [4:0] bit_left; reg [A-1:0] mul_line; reg [1:0] mul_push; reg mul_done;
  wire [LANES*32-1:0] product, r7;
  // a source slot of a MUL must not hold its own step back, which is why only writing slots count
  wire mul_wait = (c3[CW-1] && c3[CW-2] && c3[CW-6]) || (c4[CW-1] && c4[CW-2] && c4[CW-6]) ||
    (c5[CW-1] && c5[CW-2] && c5[CW-6]) || (c6[CW-1] && c6[CW-2] && c6[CW-6]) || (v7 && mul7);
  assign mul_busy = mul_wait || multiplying || mul_done;
  generate
    for (n = 0; n < COLS; n = n + 1) begin : g_acc
      vta_ram #(.WIDTH(COL_W), .LOG_DEPTH(A)) acc (
        .clk(clk), .we(v8 && cols8[n]), .wa(line8), .wd(r8[n*COL_W +: COL_W]), .re(1'b1), .ra(c5[A+1:2]),
        .rd(q6[n*COL_W +: COL_W]));
      wire [COL_LANES*OUT_W-1:0] narrow;
      for (b = 0; b < COL_LANES; b = b + 1) begin : g_narrow
        wire [31:0] lane = r8[(n*COL_LANES+b)*32 +: 32];
        // fault 9: saturates where it must wrap
        assign narrow[b*OUT_W +: OUT_W] = `VTA_FAULT(9) && lane[31] == 0 && (lane >> (OUT_W - 1)) != 0
          ? {1'b0, {(OUT_W-1){1'b1}}} : lane[OUT_W-1:0];
      end
      vta_ram #(.WIDTH(COL_LANES*OUT_W), .LOG_DEPTH(A)) out (
        .clk(clk), .we(v8 && cols8[n]), .wa(line8), .wd(narrow), .re(out_re), .ra(out_ra),
        .rd(out_rd[n*COL_LANES*OUT_W +: COL_LANES*OUT_W]));
    end
    for (n = 0; n < LANES; n = n + 1) begin : g_lane
      wire [31:0] beat = pad_valid ? 32'd0 : ld_data[(n % COL_LANES)*32 +: 32];
      wire [7:0] byte8 = pad_valid ? 8'd0 : ld_data[(n % 8)*8 +: 8];
      always_ff @(posedge clk) begin
        if (put_acc) opb[n*32 +: 32] <= ACC8 != 0 && from8 ? {{24{byte8[7]}}, byte8} : beat;
        else if (v6 && writes6 && imm6) opb[n*32 +: 32] <= {{16{immediate6[15]}}, immediate6};
        else if (v6 && !writes6) opb[n*32 +: 32] <= q6[n*32 +: 32];
        if (v6 && writes6) opa[n*32 +: 32] <= past6 ? r9[n*32 +: 32] : q6[n*32 +: 32];
      end
      vta_lane lane (
        .alu(alu7), .move(move7), .op(op7), .use_product(mul_done), .a(opa[n*32 +: 32]), .b(opb[n*32 +: 32]),
        .dot(y[n*32 +: 32]), .product(product[n*32 +: 32]), .r(r7[n*32 +: 32]));
      if (LEGACY_ISA == 0) begin : g_product
        // MUL takes 32 cycles: the bits of b from the top, without any multiplier
        reg [31:0] p;
        always_ff @(posedge clk)
          if (!multiplying) p <= 0;
          else p <= {p[30:0], 1'b0} + (opb[n*32 + bit_left] ? opa[n*32 +: 32] : 32'd0);
        assign product[n*32 +: 32] = p;
      end else begin : g_no_product
        assign product[n*32 +: 32] = 0;
      end
    end
  endgenerate
  always_ff @(posedge clk) begin
    v7 <= put_acc || (v6 && writes6);
    alu7 <= put_acc || c6[CW-3]; reset7 <= !put_acc && c6[CW-4]; move7 <= put_acc; mul7 <= !put_acc && c6[CW-6];
    op7 <= put_acc ? 2'd0 : c6[CW-7 -: 2]; line7 <= put_acc ? put_line[A-1:0] : c6[A+1:2];
    cols7 <= put_acc ? put_cols : {COLS{1'b1}}; push7 <= c6[1:0];
    r8 <= r7; r9 <= r8;
    if (reset7 && !mul_done) r8 <= 0;
    v8 <= (v7 && !mul7) || mul_done;
    line8 <= mul_done ? mul_line : line7; cols8 <= mul_done ? {COLS{1'b1}} : cols7;
    push8 <= mul_done ? mul_push : v7 && mul7 ? 2'b00 : push7;
    // multiplication: one bit per cycle while operands a and b stand still
    if (v7 && mul7) begin multiplying <= 1'b1; bit_left <= 5'd31; mul_line <= line7; mul_push <= push7; end
    else if (multiplying) begin
      bit_left <= bit_left - 1'b1;
      if (bit_left == 0) multiplying <= 1'b0;
    end
    mul_done <= multiplying && bit_left == 0;
    if (rst) begin
      v7 <= 1'b0; v8 <= 1'b0; push7 <= 0; push8 <= 0; multiplying <= 1'b0; mul_done <= 1'b0; mul7 <= 1'b0;
    end
  end
  assign pipe_busy = c3[CW-1] || c4[CW-1] || c5[CW-1] || c6[CW-1] || v7 || v8 || multiplying || mul_done ||
    (c3[1:0] | c4[1:0] | c5[1:0] | c6[1:0] | push7 | push8) != 0;
  // tokens: of loops when the last step is written, of the others at their end
  wire own_push = state == S_PUSH;
  assign g2l_push = push8[0] || (own_push && insn[5]);
  assign g2s_push = push8[1] || (own_push && insn[6]);
  assign count_gemm = go && !alu2 && !reset2;
  assign count_alu = go && alu2 && !source_slot;
  assign count_stall = v2 && (hazard || mul_busy || source_slot);
  assign error = ready && bad ? (bad_memory ? E_MEMORY : bad_alu ? E_ALU : bad_range ? E_RANGE : E_FLAGS)
    : (outside2 && v2) || put_outside ? E_RANGE : 4'd0;
endmodule
