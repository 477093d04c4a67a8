// Shares an AXI4 read port between N masters, the first with the highest priority. All bursts have one ID, so data comes back
// in the order of the requests, and a queue of owners says whose it is.
module vta_read_port #(parameter integer N = 3) (
  input  wire            clk, rst,
  input  wire [N-1:0]    ar_valid, output wire [N-1:0] ar_ready, input wire [32*N-1:0] ar_addr, input wire [4*N-1:0] ar_len,
  output wire [N-1:0]    r_valid, input wire [N-1:0] r_ready,
  output reg             m_ar_valid, input wire m_ar_ready, output reg [31:0] m_ar_addr, output reg [3:0] m_ar_len,
  input  wire            m_r_valid, output wire m_r_ready, input wire m_r_last,
  output wire            idle
);
  wire full, have; wire [4:0] outstanding; wire [N-1:0] owner;
  reg [N-1:0] chosen; reg [31:0] addr; reg [3:0] len;
  integer k;
  always_comb begin
    chosen = 0; addr = 0; len = 0;
    for (k = N - 1; k >= 0; k = k - 1)
      if (ar_valid[k]) begin chosen = 0; chosen[k] = 1'b1; addr = ar_addr[32*k +: 32]; len = ar_len[4*k +: 4]; end
  end
  wire take = chosen != 0 && !full && (!m_ar_valid || m_ar_ready);
  assign ar_ready = take ? chosen : {N{1'b0}};
  wire done = m_r_valid && m_r_ready && m_r_last;
  vta_fifo #(.WIDTH(N), .LOG_DEPTH(4)) owners (
    .clk(clk), .rst(rst), .push(take), .in(chosen), .full(full), .valid(have), .out(owner), .pop(done), .count(outstanding));
  assign r_valid = m_r_valid && have ? owner : {N{1'b0}};
  assign m_r_ready = have && (owner & r_ready) != 0;
  assign idle = !m_ar_valid && !have;
  always_ff @(posedge clk) begin
    if (m_ar_ready) m_ar_valid <= 1'b0;
    if (take) begin m_ar_valid <= 1'b1; m_ar_addr <= addr; m_ar_len <= len; end
    if (rst) m_ar_valid <= 1'b0;
  end
endmodule
