`include "vta_params.svh"
// y[o] = sum over k of x[k] * w[o][k]: BLOCK x BLOCK products, fixed latency of 4 cycles from x, w to y (5 with EXTRA).
// Two 8-bit products share a multiplier of 25 x 8 bits: the weights of outputs o+1 and o are packed as
// w1 * 2^17 + (w0 + 128), which fits 25 bits for every w0 and w1. Two such multipliers cascade for k and k+1, with 2^16
// added so that the lower field cannot borrow from the upper one; 128 times the sum of x, which the offset of w0 put into
// the lower field, is subtracted once per output. Other widths use one multiplier per product.
module vta_dot #(
  parameter integer BLOCK = 16, parameter integer INP_W = 8, parameter integer WGT_W = 8,
  parameter integer EXTRA = 0, parameter integer DSP_PRIMITIVES = 0
) (
  input  wire                         clk,
  input  wire [BLOCK*INP_W-1:0]       x,
  input  wire [BLOCK*BLOCK*WGT_W-1:0] w,
  output wire [BLOCK*32-1:0]          y
);
  `VTA_FAULT_SELECT
  genvar o, k;
  generate
    if (INP_W == 8 && WGT_W == 8 && BLOCK >= 2) begin : g_packed
      localparam integer P = BLOCK / 2;
      // 128 * sum of x, three cycles after x like the products, and one more with EXTRA
      wire signed [15:0] sum_x; reg signed [15:0] s1, s2, s3, s4;
      vta_sum #(.N(BLOCK), .WIDTH(8), .RESULT(16)) sum (.in(x), .out(sum_x));
      always_ff @(posedge clk) begin s1 <= sum_x; s2 <= s1; s3 <= s2; s4 <= s3; end
      wire signed [15:0] correction = EXTRA != 0 ? s4 : s3;
      for (o = 0; o < BLOCK; o = o + 2) begin : g_o
        wire [P*17-1:0] high, low;
        for (k = 0; k < BLOCK; k = k + 2) begin : g_k
          wire [47:0] p;
          vta_dsp_pair #(.DSP_PRIMITIVES(DSP_PRIMITIVES)) pair (
            .clk(clk), .b0(x[k*8 +: 8]), .b1(x[(k+1)*8 +: 8]), .p(p),
            .a0({w[((o+1)*BLOCK+k)*8 +: 8], 9'd0, ~w[(o*BLOCK+k)*8+7], w[(o*BLOCK+k)*8 +: 7]}),
            .a1({w[((o+1)*BLOCK+k+1)*8 +: 8], 9'd0, ~w[(o*BLOCK+k+1)*8+7], w[(o*BLOCK+k+1)*8 +: 7]}));
          // the lower field counts from -2^16: its top bit is inverted
          assign low[(k/2)*17 +: 17] = {~p[16], p[15:0]};
          assign high[(k/2)*17 +: 17] = p[33:17];
        end
        wire signed [23:0] sum_high, sum_low;
        if (EXTRA != 0 && P >= 8) begin : g_two_steps
          wire [P/4*24-1:0] qh, ql; reg [P/4*24-1:0] rh, rl;
          for (k = 0; k < P / 4; k = k + 1) begin : g_quad
            vta_sum #(.N(4), .WIDTH(17), .RESULT(24)) h (.in(high[k*68 +: 68]), .out(qh[k*24 +: 24]));
            vta_sum #(.N(4), .WIDTH(17), .RESULT(24)) l (.in(low[k*68 +: 68]), .out(ql[k*24 +: 24]));
          end
          always_ff @(posedge clk) begin rh <= qh; rl <= ql; end
          vta_sum #(.N(P/4), .WIDTH(24), .RESULT(24)) h (.in(rh), .out(sum_high));
          vta_sum #(.N(P/4), .WIDTH(24), .RESULT(24)) l (.in(rl), .out(sum_low));
        end else begin : g_one_step
          wire signed [23:0] th, tl;
          vta_sum #(.N(P), .WIDTH(17), .RESULT(24)) h (.in(high), .out(th));
          vta_sum #(.N(P), .WIDTH(17), .RESULT(24)) l (.in(low), .out(tl));
          if (EXTRA != 0) begin : g_wait
            reg signed [23:0] rh, rl;
            always_ff @(posedge clk) begin rh <= th; rl <= tl; end
            assign sum_high = rh; assign sum_low = rl;
          end else begin : g_now
            assign sum_high = th; assign sum_low = tl;
          end
        end
        reg signed [23:0] y0, y1;
        always_ff @(posedge clk) begin
          y1 <= sum_high;
          y0 <= sum_low - $signed({correction[15:0], 7'd0} ^ {22'd0, `VTA_FAULT(6)});  // fault 6: one bit of the correction
        end
        assign y[o*32 +: 32] = {{8{y0[23]}}, y0};
        assign y[(o+1)*32 +: 32] = {{8{y1[23]}}, y1};
      end
    end else begin : g_plain
      for (o = 0; o < BLOCK; o = o + 1) begin : g_o
        reg signed [31:0] p1 [0:BLOCK-1];
        reg signed [31:0] sum, s2, s3, s4, s5;
        integer n;
        always_comb begin
          sum = 0;
          for (n = 0; n < BLOCK; n = n + 1)
            sum = sum + $signed(x[n*INP_W +: INP_W]) * $signed(w[(o*BLOCK+n)*WGT_W +: WGT_W]);
        end
        always_ff @(posedge clk) begin s2 <= sum; s3 <= s2; s4 <= s3; s5 <= s4; end
        reg signed [31:0] s6;
        always_ff @(posedge clk) s6 <= s5;
        assign y[o*32 +: 32] = EXTRA != 0 ? s6 : s5;
      end
    end
  endgenerate
endmodule

// p = a0*b0 + a1*b1 + 2^16 of signed operands, three cycles later: operand, product and sum registers of two DSP48E1, the
// first of which passes its product to the second through the cascade.
module vta_dsp_pair #(parameter integer DSP_PRIMITIVES = 0) (
  input wire clk, input wire [24:0] a0, a1, input wire [7:0] b0, b1, output wire [47:0] p
);
  generate
    if (DSP_PRIMITIVES != 0) begin : g_dsp
      wire [47:0] cascade, unused;
      vta_dsp48 #(.PREG(0), .OPMODE(7'b0110101)) first (
        .clk(clk), .a(a0), .b(b0), .c(48'h10000), .pcin(48'd0), .pcout(cascade), .p(unused));
      vta_dsp48 #(.PREG(1), .OPMODE(7'b0010101)) second (
        .clk(clk), .a(a1), .b(b1), .c(48'd0), .pcin(cascade), .pcout(), .p(p));
    end else begin : g_code
      reg signed [24:0] ra0, ra1; reg signed [7:0] rb0, rb1; reg signed [32:0] m0, m1; reg signed [47:0] sum;
      always_ff @(posedge clk) begin
        ra0 <= a0; ra1 <= a1; rb0 <= b0; rb1 <= b1;
        m0 <= ra0 * rb0; m1 <= ra1 * rb1;
        sum <= {{15{m0[32]}}, m0} + {{15{m1[32]}}, m1} + 48'sh10000;
      end
      assign p = sum;
    end
  endgenerate
endmodule

// Sum of N signed numbers as a tree of adders of two. A module of its own keeps the synthesiser from merging the chain into
// carry-save compressors, which cost more on carry chains.
(* keep_hierarchy *)
module vta_sum #(parameter integer N = 8, parameter integer WIDTH = 17, parameter integer RESULT = 24) (
  input wire [N*WIDTH-1:0] in, output wire signed [RESULT-1:0] out
);
  generate
    if (N == 1) begin : g_leaf
      assign out = {{(RESULT-WIDTH){in[WIDTH-1]}}, in};
    end else begin : g_node
      wire signed [RESULT-1:0] a, b;
      vta_sum #(.N(N/2), .WIDTH(WIDTH), .RESULT(RESULT)) low (.in(in[(N/2)*WIDTH-1:0]), .out(a));
      vta_sum #(.N(N-N/2), .WIDTH(WIDTH), .RESULT(RESULT)) high (.in(in[N*WIDTH-1:(N/2)*WIDTH]), .out(b));
      assign out = a + b;
    end
  endgenerate
endmodule
