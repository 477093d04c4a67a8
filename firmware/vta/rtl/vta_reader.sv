`include "vta_params.svh"
// Reads the rows of a LOAD from DRAM and hands the elements to a scratchpad. Bursts end at 128-byte boundaries, so they are
// at most 16 beats (AXI3) and cross no page. With two ports, this one reads the 128-byte pieces whose address bit 7 is PORT.
module vta_reader #(parameter integer PORT = 0, parameter integer PORTS = 1, parameter integer LOG_OUTSTANDING = 3,
  parameter integer SMALL = 1          // 0: no element is smaller than 8 bytes
) (
  input  wire        clk, rst,
  input  wire        start,            // everything below is taken when this is high
  input  wire        abort,            // request nothing more
  input  wire [31:0] addr,             // byte address of the first row
  input  wire [31:0] pitch,            // bytes from row to row
  input  wire [15:0] rows,
  input  wire [31:0] row_bytes,        // not 0
  input  wire [19:0] line, line_pitch, // scratchpad address of the first element; elements from row to row
  input  wire [3:0]  log_eb,           // log2 of element bytes
  output wire        busy,
  output reg         ar_valid, input wire ar_ready, output reg [31:0] ar_addr, output reg [3:0] ar_len,
  input  wire        r_valid, output wire r_ready, input wire [63:0] r_data,
  output wire        w_valid, input wire w_ready, output wire [19:0] w_line, output wire [8:0] w_beat,
  output wire [63:0] w_data            // one beat of an element; elements below 8 bytes alone, from bit 0
);
  `VTA_FAULT_SELECT
  // ------------------------------------------------------------------ requests
  reg active, cut;
  reg [31:0] cur, row_addr, left, row_left, offset, pitch_q;
  reg [15:0] rows_left;
  reg [19:0] row_line, line_pitch_q;
  reg [3:0] log_eb_q;
  reg [7:0] piece;                     // bytes of the next burst
  wire [7:0] to_boundary = 8'd128 - {1'b0, cur[6:0]};
  wire [7:0] piece_w = left < {24'd0, to_boundary} ? left[7:0] : to_boundary;
  wire [7:0] span = piece + {5'd0, cur[2:0]} + 8'd7;   // bytes of the beats, rounded up; at most 135
  wire mine = PORTS == 1 || cur[7] == PORT[0];
  wire desc_full, desc_valid, desc_pop;
  wire [LOG_OUTSTANDING:0] desc_count;
  wire issue = active && cut && mine && !desc_full && (!ar_valid || ar_ready);
  wire advance = issue || (active && cut && !mine);
  wire end_row = left == {24'd0, piece};
  wire [31:0] lines_in = offset >> log_eb_q;
  wire [19:0] line_of = row_line + lines_in[19:0];
  // what the receiver must know: {line, beat in element, byte in beat, bytes}
  wire [39:0] desc_in = {line_of[19] || lines_in[31:19] != 0 ? 20'hfffff : line_of, cur[11:0], piece};
  wire [39:0] desc;
  vta_fifo #(.WIDTH(40), .LOG_DEPTH(LOG_OUTSTANDING)) descriptors (
    .clk(clk), .rst(rst), .push(issue), .in(desc_in), .full(desc_full), .valid(desc_valid), .out(desc), .pop(desc_pop),
    .count(desc_count));
  wire [31:0] next_row_addr = row_addr + pitch_q;
  wire [19:0] next_row_line = row_line + line_pitch_q;
  always_ff @(posedge clk) begin
    if (ar_ready) ar_valid <= 1'b0;
    if (issue) begin
      ar_valid <= 1'b1;
      ar_addr <= {cur[31:3], 3'b000};
      ar_len <= `VTA_FAULT(2) && cur[6:3] != 0 ? span[6:3] : span[6:3] - 4'd1;  // fault 2: a beat too many
    end
    if (active) begin
      cut <= !advance;
      piece <= piece_w;
      if (advance) begin
        cur <= cur + {24'd0, piece};
        offset <= offset + {24'd0, piece};
        left <= left - {24'd0, piece};
        if (end_row) begin
          cur <= next_row_addr; row_addr <= next_row_addr; left <= row_left; offset <= 0;
          row_line <= row_line[19] ? row_line : next_row_line;
          rows_left <= rows_left - 1'b1;
          if (rows_left == 16'd1) active <= 1'b0;
        end
      end
      if (abort) active <= 1'b0;
    end
    if (start) begin
      active <= rows != 0; cut <= 1'b0; cur <= addr; row_addr <= addr; left <= row_bytes; row_left <= row_bytes; offset <= 0;
      pitch_q <= pitch; rows_left <= rows; row_line <= line; line_pitch_q <= line_pitch; log_eb_q <= log_eb;
    end
    if (rst) begin active <= 1'b0; ar_valid <= 1'b0; end
  end
  // ------------------------------------------------------------------ data
  reg receiving;
  reg [19:0] line_q;
  reg [11:0] at;                       // byte address, low part: beat in element and byte in beat
  reg [7:0] bytes_q;
  wire tiny = SMALL != 0 && log_eb_q < 4'd3;
  wire [3:0] step = tiny ? (4'd1 << log_eb_q[1:0]) : 4'd8;
  wire [3:0] at_next = {1'b0, at[2:0]} + step;
  wire last = bytes_q == {4'd0, step};
  wire took = w_valid && w_ready;
  wire [8:0] beat_mask = tiny ? 9'd0 : (9'd1 << (log_eb_q - 4'd3)) - 9'd1;
  wire end_element = tiny || (at[11:3] & beat_mask) == beat_mask;
  wire finish = took && last;
  assign desc_pop = desc_valid && (!receiving || finish);
  assign w_valid = receiving && r_valid;
  assign w_line = line_q;
  assign w_beat = at[11:3] & beat_mask;
  generate
    if (SMALL != 0) begin : g_small assign w_data = r_data >> {at[2:0], 3'b000}; end
    else begin : g_whole assign w_data = r_data; end
  endgenerate
  assign r_ready = receiving && w_ready && (at_next[3] || last);
  assign busy = active || ar_valid || receiving || desc_valid;
  always_ff @(posedge clk) begin
    if (took) begin
      bytes_q <= bytes_q - {4'd0, step};
      at <= at + {8'd0, step};
      if (end_element) line_q <= line_q[19] ? line_q : line_q + 1'b1;
    end
    if (finish) receiving <= 1'b0;
    if (desc_pop) begin
      receiving <= 1'b1; line_q <= desc[39:20]; at <= desc[19:8]; bytes_q <= desc[7:0];
    end
    if (rst) receiving <= 1'b0;
  end
endmodule
