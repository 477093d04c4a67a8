`include "vta_params.svh"
// One dependency queue. Tokens have no value, so it is a counter. A giver waits while "full"; the margin covers the pushes
// that are on their way down the compute pipeline, so no token can be lost.
module vta_tokens #(parameter integer WIDTH = 12) (
  input  wire clk, rst,
  input  wire push, pop,
  output wire available, full,
  output reg  [WIDTH-1:0] count
);
  `VTA_FAULT_SELECT
  assign available = count != 0;
  assign full = &count[WIDTH-1:4];
  always_ff @(posedge clk) begin
    if (rst) count <= 0;
    else if (push && !pop && !(`VTA_FAULT(1) && count != 0)) count <= count + 1'b1;  // fault 1: holds one token only
    else if (pop && !push) count <= count - 1'b1;
  end
endmodule
