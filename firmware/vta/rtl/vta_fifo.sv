// Queue in distributed memory; the head is visible without a read cycle. The writer looks at "full".
module vta_fifo #(parameter integer WIDTH = 8, parameter integer LOG_DEPTH = 3) (
  input  wire             clk, rst,
  input  wire             push,
  input  wire [WIDTH-1:0] in,
  output wire             full,
  output wire             valid,
  output wire [WIDTH-1:0] out,
  input  wire             pop,
  output reg [LOG_DEPTH:0] count
);
  (* ram_style = "distributed" *) reg [WIDTH-1:0] mem [0:(1<<LOG_DEPTH)-1];
  reg [LOG_DEPTH-1:0] head, tail;
  assign full = count[LOG_DEPTH];
  assign valid = count != 0;
  assign out = mem[head];
  always_ff @(posedge clk) begin
    if (push) mem[tail] <= in;
    if (rst) begin
      head <= 0; tail <= 0; count <= 0;
    end else begin
      if (push) tail <= tail + 1'b1;
      if (pop) head <= head + 1'b1;
      count <= count + {{LOG_DEPTH{1'b0}}, push} - {{LOG_DEPTH{1'b0}}, pop};
    end
  end
endmodule

// Command queue in block memory: 2^LOG_DEPTH instructions and one in the output register.
module vta_queue #(parameter integer WIDTH = 128, parameter integer LOG_DEPTH = 9) (
  input  wire             clk, rst,
  input  wire             push,
  input  wire [WIDTH-1:0] in,
  output wire             full,
  output reg              valid,
  output wire [WIDTH-1:0] out,
  input  wire             pop
);
  reg [LOG_DEPTH-1:0] head, tail;
  reg [LOG_DEPTH:0] count;
  wire fetch = count != 0 && (!valid || pop);
  assign full = count[LOG_DEPTH];
  vta_ram #(.WIDTH(WIDTH), .LOG_DEPTH(LOG_DEPTH)) ram (
    .clk(clk), .we(push), .wa(tail), .wd(in), .re(fetch), .ra(head), .rd(out));
  always_ff @(posedge clk) begin
    if (rst) begin
      head <= 0; tail <= 0; count <= 0; valid <= 1'b0;
    end else begin
      if (push) tail <= tail + 1'b1;
      if (fetch) head <= head + 1'b1;
      if (fetch || pop) valid <= fetch;
      count <= count + {{LOG_DEPTH{1'b0}}, push} - {{LOG_DEPTH{1'b0}}, fetch};
    end
  end
endmodule
