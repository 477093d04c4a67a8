// What AXI4 demands of a master and of a memory, and what this design promises beyond it. Each check has a number, so that a
// run can say which failed first; 0 means none did.
module axi_read_checks (
  input wire clk, rst,
  input wire arvalid, arready, input wire [31:0] araddr, input wire [3:0] arlen,
  input wire rvalid, rready, rlast, input wire [63:0] rdata,
  output reg [7:0] violation
);
  reg was_ar, was_r; reg [31:0] old_addr; reg [3:0] old_len; reg [63:0] old_data; reg old_last;
  reg [3:0] lens [0:31]; reg [4:0] head, tail; reg [5:0] open; reg [3:0] beat;
  wire [12:0] last_byte = {1'b0, araddr[11:0]} + {5'd0, arlen, 4'd0} / 2 + 13'd7;
  always_ff @(posedge clk) begin
    violation <= 0;
    was_ar <= arvalid && !arready; old_addr <= araddr; old_len <= arlen;
    was_r <= rvalid && !rready; old_data <= rdata; old_last <= rlast;
    if (was_ar && !arvalid) violation <= 8'd1;                                      // withdrew a request
    if (was_ar && arvalid && (araddr != old_addr || arlen != old_len)) violation <= 8'd2;
    if (arvalid && araddr[2:0] != 0) violation <= 8'd3;                             // not on a beat
    if (arvalid && last_byte[12]) violation <= 8'd4;                                // crosses 4 KiB
    if (was_r && (!rvalid || rdata != old_data || rlast != old_last)) violation <= 8'd5;
    if (rvalid && open == 0) violation <= 8'd6;                                     // data nobody asked for
    if (rvalid && open != 0 && rlast != (beat == lens[head])) violation <= 8'd7;
    if (arvalid && arready) begin lens[tail] <= arlen; tail <= tail + 1'b1; end
    if (rvalid && rready) begin
      beat <= rlast ? 4'd0 : beat + 1'b1;
      if (rlast) head <= head + 1'b1;
    end
    open <= open + {5'd0, arvalid && arready} - {5'd0, rvalid && rready && rlast};
    if (open[5]) violation <= 8'd8;                                                 // too many outstanding
    if (rst) begin violation <= 0; was_ar <= 0; was_r <= 0; head <= 0; tail <= 0; open <= 0; beat <= 0; end
  end
endmodule

module axi_write_checks (
  input wire clk, rst,
  input wire awvalid, awready, input wire [31:0] awaddr, input wire [3:0] awlen,
  input wire wvalid, wready, wlast, input wire [63:0] wdata, input wire [7:0] wstrb,
  input wire bvalid, bready,
  output reg [7:0] violation
);
  reg was_aw, was_w; reg [31:0] old_addr; reg [3:0] old_len; reg [63:0] old_data; reg [7:0] old_strb; reg old_last;
  reg [3:0] lens [0:63]; reg [5:0] head, tail; reg [6:0] announced, unanswered; reg [3:0] beat;
  wire [12:0] last_byte = {1'b0, awaddr[11:0]} + {5'd0, awlen, 4'd0} / 2 + 13'd7;
  wire aw = awvalid && awready, w = wvalid && wready;
  always_ff @(posedge clk) begin
    violation <= 0;
    was_aw <= awvalid && !awready; old_addr <= awaddr; old_len <= awlen;
    was_w <= wvalid && !wready; old_data <= wdata; old_strb <= wstrb; old_last <= wlast;
    if (was_aw && !awvalid) violation <= 8'd11;
    if (was_aw && awvalid && (awaddr != old_addr || awlen != old_len)) violation <= 8'd12;
    if (awvalid && awaddr[2:0] != 0) violation <= 8'd13;
    if (awvalid && last_byte[12]) violation <= 8'd14;
    if (was_w && (!wvalid || wdata != old_data || wstrb != old_strb || wlast != old_last)) violation <= 8'd15;
    if (announced != 0 && wvalid && wlast != (beat == lens[head])) violation <= 8'd16;
    // Data may be ahead of an address that is still on offer, but not of one that is not.
    if (announced == 0 && w && wlast && !(awvalid && awlen == beat)) violation <= 8'd17;
    if (bvalid && unanswered == 0) violation <= 8'd18;                              // answer to nothing
    if (aw) begin lens[tail] <= awlen; tail <= tail + 1'b1; end
    if (w) begin
      beat <= wlast ? 4'd0 : beat + 1'b1;
      if (wlast) head <= head + 1'b1;
    end
    announced <= announced + {6'd0, aw} - {6'd0, w && wlast};
    unanswered <= unanswered + {6'd0, w && wlast} - {6'd0, bvalid && bready};
    if (rst) begin violation <= 0; was_aw <= 0; was_w <= 0; head <= 0; tail <= 0; announced <= 0; unanswered <= 0; beat <= 0; end
  end
endmodule

module axi_lite_checks (
  input wire clk, rst,
  input wire awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready, input wire [31:0] rdata,
  output reg [7:0] violation
);
  reg was_b, was_r; reg [31:0] old_data; reg [2:0] aws, ws, ars;
  always_ff @(posedge clk) begin
    violation <= 0;
    was_b <= bvalid && !bready; was_r <= rvalid && !rready; old_data <= rdata;
    if (was_b && !bvalid) violation <= 8'd21;
    if (was_r && (!rvalid || rdata != old_data)) violation <= 8'd22;
    if (bvalid && (aws == 0 || ws == 0)) violation <= 8'd23;
    if (rvalid && ars == 0) violation <= 8'd24;
    aws <= aws + {2'd0, awvalid && awready} - {2'd0, bvalid && bready};
    ws <= ws + {2'd0, wvalid && wready} - {2'd0, bvalid && bready};
    ars <= ars + {2'd0, arvalid && arready} - {2'd0, rvalid && rready};
    if (rst) begin violation <= 0; was_b <= 0; was_r <= 0; aws <= 0; ws <= 0; ars <= 0; end
  end
endmodule

// A dependency queue against a counter of its own.
module token_checks (
  input wire clk, rst, push, pop, input wire [11:0] count,
  output reg [7:0] violation
);
  reg [31:0] given, taken;
  wire [31:0] held = given - taken;
  always_ff @(posedge clk) begin
    violation <= 0;
    if (pop && count == 0) violation <= 8'd31;                                      // took a token that is not there
    if (push && !pop && count == 12'hfff) violation <= 8'd32;                       // gave one too many
    if (held != {20'd0, count}) violation <= 8'd33;                                 // one was lost or made
    if (push) given <= given + 1'b1;
    if (pop) taken <= taken + 1'b1;
    if (rst) begin violation <= 0; given <= 0; taken <= 0; end
  end
endmodule
