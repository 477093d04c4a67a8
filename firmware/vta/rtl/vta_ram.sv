// Memory with one write port and one registered read port; a read sees what was written before its cycle.
module vta_ram #(parameter integer WIDTH = 64, parameter integer LOG_DEPTH = 10) (
  input  wire                 clk,
  input  wire                 we,
  input  wire [LOG_DEPTH-1:0] wa,
  input  wire [WIDTH-1:0]     wd,
  input  wire                 re,
  input  wire [LOG_DEPTH-1:0] ra,
  output reg  [WIDTH-1:0]     rd
);
  (* ram_style = "block" *) reg [WIDTH-1:0] mem [0:(1<<LOG_DEPTH)-1];
  always_ff @(posedge clk) begin
    if (we) mem[wa] <= wd;
    if (re) rd <= mem[ra];
  end
endmodule
