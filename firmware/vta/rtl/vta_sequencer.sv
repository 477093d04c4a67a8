`include "vta_params.svh"
// Runs the loops of GEMM and ALU: iter_out x iter_in x micro-ops, one step per cycle, and gives each step's scratchpad
// addresses. Micro-ops are read one cycle ahead. An instruction without steps gives one step that is not valid, so that its
// tokens travel in order too.
module vta_sequencer #(`VTA_PARAMS) (clk, rst, start, ready, insn, stall,
  uop_re, uop_ra, uop, v, is_alu, reset, use_imm, aluop, imm, push, d, s, w, outside, busy);
`include "vta_layout.svh"
  input  wire clk, rst, start; output wire ready; input wire [127:0] insn; input wire stall;
  output wire uop_re; output wire [U-1:0] uop_ra; input wire [31:0] uop;
  // the step, valid in the cycle in which its addresses are known
  output reg v, is_alu, reset, use_imm; output reg [2:0] aluop; output reg [15:0] imm; output reg [1:0] push;
  output reg [A-1:0] d; output reg [A > I ? A-1 : I-1 : 0] s; output reg [W-1:0] w; output reg outside;
  output wire busy;
  localparam integer S = A > I ? A : I;
  // ------------------------------------------------------------------ loop counters
  reg active, none, q_alu, q_reset, q_imm; reg [2:0] q_op; reg [15:0] q_immediate; reg [1:0] q_push;
  reg [U-1:0] ubgn; reg [U:0] uend, upc; reg [13:0] n_out, n_in, c_out, c_in;
  // offsets; the top bit stays once an offset has left the scratchpad
  reg [A:0] d_out, d_in, fd_out, fd_in; reg [S:0] s_out, s_in, fs_out, fs_in; reg [W:0] w_out, w_in, fw_out, fw_in;
  wire last_u = upc + 1'b1 == uend, last_i = c_in + 1'b1 == n_in, last_o = c_out + 1'b1 == n_out;
  wire last = none || (last_u && last_i && last_o);
  wire next = active && !stall;
  assign ready = !active || (next && last);
  wire alu_w = insn[2:0] == OP_ALU;
  wire [13:0] n_out_w = insn[F_IOUT +: 14], n_in_w = insn[F_IIN +: 14];
  wire empty = n_out_w == 0 || n_in_w == 0 || {1'b0, insn[F_UBGN +: U]} >= insn[F_UEND +: U+1];
  wire [A:0] d_out_n = d_out + fd_out, d_in_n = d_in + fd_in;
  wire [S:0] s_out_n = s_out + fs_out, s_in_n = s_in + fs_in;
  wire [W:0] w_out_n = w_out + fw_out, w_in_n = w_in + fw_in;
  assign uop_re = next;
  assign uop_ra = upc[U-1:0];
  always_ff @(posedge clk) begin
    if (next) begin
      if (!last_u) upc <= upc + 1'b1;
      else begin
        upc <= {1'b0, ubgn};
        if (!last_i) begin
          c_in <= c_in + 1'b1;
          d_in <= {d_in[A] | d_in_n[A], d_in_n[A-1:0]}; s_in <= {s_in[S] | s_in_n[S], s_in_n[S-1:0]};
          w_in <= {w_in[W] | w_in_n[W], w_in_n[W-1:0]};
        end else begin
          c_in <= 0; c_out <= c_out + 1'b1;
          d_out <= {d_out[A] | d_out_n[A], d_out_n[A-1:0]}; d_in <= {d_out[A] | d_out_n[A], d_out_n[A-1:0]};
          s_out <= {s_out[S] | s_out_n[S], s_out_n[S-1:0]}; s_in <= {s_out[S] | s_out_n[S], s_out_n[S-1:0]};
          w_out <= {w_out[W] | w_out_n[W], w_out_n[W-1:0]}; w_in <= {w_out[W] | w_out_n[W], w_out_n[W-1:0]};
        end
      end
      if (last) active <= 1'b0;
    end
    if (start) begin
      active <= 1'b1; none <= empty;
      q_alu <= alu_w; q_reset <= insn[F_RESET] && !alu_w; q_imm <= insn[F_USEIMM] && alu_w;
      q_op <= {{(3-ID_W){1'b0}}, insn[F_AOP +: ID_W]}; q_immediate <= insn[F_IMM +: 16]; q_push <= insn[6:5];
      ubgn <= insn[F_UBGN +: U]; uend <= insn[F_UEND +: U+1]; upc <= {1'b0, insn[F_UBGN +: U]};
      n_out <= n_out_w; n_in <= n_in_w; c_out <= 0; c_in <= 0;
      d_out <= 0; d_in <= 0; s_out <= 0; s_in <= 0; w_out <= 0; w_in <= 0;
      fd_out <= {1'b0, insn[F_DOUT +: A]}; fd_in <= {1'b0, insn[F_DIN +: A]};
      fw_out <= {1'b0, insn[F_WOUT +: W]}; fw_in <= {1'b0, insn[F_WIN +: W]};
      fs_out <= 0; fs_in <= 0;
      if (alu_w) begin fs_out[A-1:0] <= insn[F_ASOUT +: A]; fs_in[A-1:0] <= insn[F_ASIN +: A]; end
      else begin fs_out[I-1:0] <= insn[F_SOUT +: I]; fs_in[I-1:0] <= insn[F_SIN +: I]; end
    end
    if (rst) active <= 1'b0;
  end
  // ------------------------------------------------------------------ micro-op arrives
  reg v1, real1, last1, alu1, reset1, imm1; reg [2:0] op1; reg [15:0] immediate1; reg [1:0] push1;
  reg [A:0] d1; reg [S:0] s1; reg [W:0] w1;
  wire [S-1:0] usrc = uop[F_USRC +: SRC_W];
  wire [A:0] d_sum = {1'b0, d1[A-1:0]} + {1'b0, uop[A-1:0]};
  wire [S:0] s_sum = {1'b0, s1[S-1:0]} + {1'b0, usrc};
  wire [W:0] w_sum = {1'b0, w1[W-1:0]} + {1'b0, uop[F_UWGT +: W]};
  wire s_far = alu1 ? (s1[S] || (s_sum >> A) != 0) : (s1[S] || (s_sum >> I) != 0);
  always_ff @(posedge clk) begin
    if (!stall) begin
      v1 <= active; real1 <= !none; last1 <= last; alu1 <= q_alu; reset1 <= q_reset; imm1 <= q_imm; op1 <= q_op;
      immediate1 <= q_immediate; push1 <= q_push; d1 <= d_in; s1 <= s_in; w1 <= w_in;
      // ---------------------------------------------------------------- addresses
      v <= v1 && real1; is_alu <= alu1; reset <= reset1; use_imm <= imm1; aluop <= op1; imm <= immediate1;
      push <= v1 && last1 ? push1 : 2'b00;
      d <= d_sum[A-1:0]; s <= s_sum[S-1:0]; w <= w_sum[W-1:0];
      outside <= v1 && real1 && (d1[A] || d_sum[A] || (!reset1 && s_far) || (!reset1 && !alu1 && (w1[W] || w_sum[W])));
    end
    if (rst) begin v1 <= 1'b0; v <= 1'b0; push <= 2'b00; outside <= 1'b0; end
  end
  assign busy = active || v1 || v || push != 0;
endmodule
