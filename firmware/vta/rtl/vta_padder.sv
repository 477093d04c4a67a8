// Writes the zero cells of a padded LOAD, one element per cycle: whole rows above and below, cells left and right.
module vta_padder (
  input  wire        clk, rst,
  input  wire        start, abort,
  input  wire [19:0] line,             // first element of the padded block
  input  wire [15:0] x_size, y_size,
  input  wire [3:0]  y_pad0, y_pad1, x_pad0, x_pad1,
  output wire        busy,
  output wire        w_valid, input wire w_ready, output wire [19:0] w_line
);
  reg active, right;                   // right: past the data of a row
  reg [16:0] row, rows;
  reg [16:0] cell_left;                // zeros still to write before the next jump
  reg [19:0] at;
  reg [15:0] xs; reg [16:0] ys_end; reg [3:0] xp0, xp1, yp0;
  wire [16:0] width = {1'b0, xs} + {13'd0, xp0} + {13'd0, xp1};
  wire [16:0] next_row = row + 1'b1;
  wire next_full = next_row < {13'd0, yp0} || next_row >= ys_end;
  wire full = row < {13'd0, yp0} || row >= ys_end;
  wire [19:0] at_next = at[19] ? at : at + (w_valid ? 20'd1 : {4'd0, xs});
  assign busy = active;
  assign w_valid = active && cell_left != 0;
  assign w_line = at;
  always_ff @(posedge clk) begin
    if (active) begin
      if (w_valid) begin
        if (w_ready) begin cell_left <= cell_left - 1'b1; at <= at_next; end
      end else if (!full && !right) begin
        at <= at_next; right <= 1'b1; cell_left <= {13'd0, xp1};
      end else begin
        right <= 1'b0; row <= next_row; cell_left <= next_full ? width : {13'd0, xp0};
        if (next_row == rows) active <= 1'b0;
      end
      if (abort) active <= 1'b0;
    end
    if (start) begin
      active <= (y_pad0 | y_pad1 | x_pad0 | x_pad1) != 0 && (y_size != 0 || (y_pad0 | y_pad1) != 0);  // some row
      right <= 1'b0; row <= 0; rows <= {1'b0, y_size} + {13'd0, y_pad0} + {13'd0, y_pad1};
      ys_end <= {1'b0, y_size} + {13'd0, y_pad0}; xs <= x_size; xp0 <= x_pad0; xp1 <= x_pad1; yp0 <= y_pad0; at <= line;
      cell_left <= (y_pad0 != 0 || y_size == 0) ? {1'b0, x_size} + {13'd0, x_pad0} + {13'd0, x_pad1} : {13'd0, x_pad0};
    end
    if (rst) active <= 1'b0;
  end
endmodule
