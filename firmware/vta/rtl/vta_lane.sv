`include "vta_params.svh"
// One 32-bit lane of the accumulators, combinational: a + dot, or an ALU operation of a and b.
module vta_lane (
  input  wire        alu,              // 0: a + dot
  input  wire        move,             // b
  input  wire [1:0]  op,               // MIN, MAX, ADD, SHR
  input  wire        use_product,
  input  wire [31:0] a, b, dot, product,
  output wire [31:0] r
);
  `VTA_FAULT_SELECT
  wire less = $signed(a) < $signed(b);
  wire [31:0] sum = a + (alu ? b : dot);
  wire [31:0] extreme = !move && (less ^ op[0]) ? a : b;
  // SHR: right by b, or left by -b if b is negative. One shifter to the right; a left shift is the same with the bits reversed.
  wire left = b[31];
  wire [4:0] n = left ? -b[4:0] : b[4:0];
  wire fill = !left && a[31] && !`VTA_FAULT(7);  // fault 7: a logical shift
  reg [31:0] in, s1, s2, shifted;
  integer q;
  always_comb begin
    for (q = 0; q < 32; q = q + 1) in[q] = left ? a[31-q] : a[q];
    s1 = n[1] ? (n[0] ? {{3{fill}}, in[31:3]} : {{2{fill}}, in[31:2]}) : (n[0] ? {fill, in[31:1]} : in);
    s2 = n[3] ? (n[2] ? {{12{fill}}, s1[31:12]} : {{8{fill}}, s1[31:8]}) : (n[2] ? {{4{fill}}, s1[31:4]} : s1);
    shifted = n[4] ? {{16{fill}}, s2[31:16]} : s2;
  end
  reg [31:0] shift;
  always_comb for (q = 0; q < 32; q = q + 1) shift[q] = left ? shifted[31-q] : shifted[q];
  assign r = use_product ? product : !alu || (op == 2'd2 && !move) ? sum : op == 2'd3 && !move ? shift : extreme;
endmodule
