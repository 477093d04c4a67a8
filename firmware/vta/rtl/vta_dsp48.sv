// One DSP48E1 as multiplier with operand and product registers. Only synthesis instantiates it; simulation uses the same
// arithmetic as plain code (vta_dsp_pair).
module vta_dsp48 #(parameter integer PREG = 1, parameter [6:0] OPMODE = 7'b0) (
  input wire clk, input wire [24:0] a, input wire [7:0] b, input wire [47:0] c, pcin, output wire [47:0] pcout, p
);
  DSP48E1 #(
    .AREG(1), .BREG(1), .ACASCREG(1), .BCASCREG(1), .CREG(0), .DREG(0), .ADREG(0), .MREG(1), .PREG(PREG), .ALUMODEREG(0),
    .CARRYINREG(0), .CARRYINSELREG(0), .INMODEREG(0), .OPMODEREG(0), .USE_MULT("MULTIPLY"), .USE_DPORT("FALSE"),
    .USE_SIMD("ONE48")) dsp (
    .CLK(clk), .A({{5{a[24]}}, a}), .B({{10{b[7]}}, b}), .C(c), .D(25'd0), .PCIN(pcin), .PCOUT(pcout), .P(p),
    .OPMODE(OPMODE), .ALUMODE(4'd0), .INMODE(5'd0), .CARRYIN(1'b0), .CARRYINSEL(3'd0),
    .CEA1(1'b0), .CEA2(1'b1), .CEB1(1'b0), .CEB2(1'b1), .CEC(1'b0), .CED(1'b0), .CEAD(1'b0), .CEM(1'b1), .CEP(PREG != 0),
    .CECTRL(1'b0), .CEALUMODE(1'b0), .CEINMODE(1'b0), .CECARRYIN(1'b0),
    .RSTA(1'b0), .RSTB(1'b0), .RSTC(1'b0), .RSTD(1'b0), .RSTM(1'b0), .RSTP(1'b0), .RSTCTRL(1'b0), .RSTALUMODE(1'b0),
    .RSTINMODE(1'b0), .RSTALLCARRYIN(1'b0), .ACIN(30'd0), .BCIN(18'd0), .CARRYCASCIN(1'b0), .MULTSIGNIN(1'b0));
endmodule
