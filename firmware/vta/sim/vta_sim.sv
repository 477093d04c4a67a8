`include "vta_params.svh"
// The accelerator with checkers on every channel and token queue, for Verilator.
module vta_sim #(`VTA_PARAMS) (
  input  wire clk, clk2, rst,
  input  wire s_awvalid, output wire s_awready, input wire [13:0] s_awaddr,
  input  wire s_wvalid, output wire s_wready, input wire [31:0] s_wdata,
  output wire s_bvalid, input wire s_bready,
  input  wire s_arvalid, output wire s_arready, input wire [13:0] s_araddr,
  output wire s_rvalid, input wire s_rready, output wire [31:0] s_rdata,
  output wire [1:0] m_arvalid, input wire [1:0] m_arready, output wire [31:0] m_araddr0, m_araddr1, output wire [3:0] m_arlen0, m_arlen1,
  input  wire [1:0] m_rvalid, output wire [1:0] m_rready, input wire [63:0] m_rdata0, m_rdata1, input wire [1:0] m_rerror, m_rlast,
  output wire m_awvalid, input wire m_awready, output wire [31:0] m_awaddr, output wire [3:0] m_awlen,
  output wire m_wvalid, input wire m_wready, output wire [63:0] m_wdata, output wire [7:0] m_wstrb, output wire m_wlast,
  input  wire m_bvalid, output wire m_bready, input wire m_berror,
  output reg [31:0] violations, output reg [7:0] first_violation,
  output wire progress
);
  wire [1:0] s_bresp, s_rresp;
  wire [63:0] araddr; wire [7:0] arlen; wire [1:0] arvalid, rready;
  assign m_araddr0 = araddr[31:0]; assign m_arlen0 = arlen[3:0];
  assign m_araddr1 = PORTS == 2 ? araddr[63:32] : 0; assign m_arlen1 = PORTS == 2 ? arlen[7:4] : 0;
  assign m_arvalid = PORTS == 2 ? arvalid : {1'b0, arvalid[0]};
  assign m_rready = PORTS == 2 ? rready : {1'b0, rready[0]};
  wire [127:0] rdata = {m_rdata1, m_rdata0};
  // The gate of a chip's clock buffer: open or not as it stood before the rising edge.
  wire core_on; reg open;
  always_latch if (!clk) open = core_on;
  wire core_clk = clk && open;
  vta_top #(`VTA_PASS) dut (
    .clk(clk), .core_clk(core_clk), .clk2(clk2), .rst(rst), .core_on(core_on),
    .s_awvalid(s_awvalid), .s_awready(s_awready), .s_awaddr(s_awaddr), .s_wvalid(s_wvalid), .s_wready(s_wready),
    .s_wdata(s_wdata), .s_wstrb(4'hf), .s_bvalid(s_bvalid), .s_bready(s_bready), .s_bresp(s_bresp), .s_arvalid(s_arvalid),
    .s_arready(s_arready), .s_araddr(s_araddr), .s_rvalid(s_rvalid), .s_rready(s_rready), .s_rdata(s_rdata), .s_rresp(s_rresp),
    .m_arvalid(arvalid[PORTS-1:0]), .m_arready(m_arready[PORTS-1:0]), .m_araddr(araddr[32*PORTS-1:0]), .m_arlen(arlen[4*PORTS-1:0]),
    .m_rvalid(m_rvalid[PORTS-1:0]), .m_rready(rready[PORTS-1:0]), .m_rdata(rdata[64*PORTS-1:0]),
    .m_rresp({m_rerror[1], 1'b0, m_rerror[0], 1'b0}), .m_rlast(m_rlast[PORTS-1:0]),
    .m_awvalid(m_awvalid), .m_awready(m_awready), .m_awaddr(m_awaddr), .m_awlen(m_awlen), .m_wvalid(m_wvalid),
    .m_wready(m_wready), .m_wdata(m_wdata), .m_wstrb(m_wstrb), .m_wlast(m_wlast), .m_bvalid(m_bvalid), .m_bready(m_bready),
    .m_bresp({m_berror, 1'b0}));
  wire [7:0] v [0:7];
  axi_read_checks read0 (.clk(clk), .rst(rst), .arvalid(m_arvalid[0]), .arready(m_arready[0]), .araddr(m_araddr0), .arlen(m_arlen0),
    .rvalid(m_rvalid[0]), .rready(m_rready[0]), .rlast(m_rlast[0]), .rdata(m_rdata0), .violation(v[0]));
  axi_read_checks read1 (.clk(clk), .rst(rst), .arvalid(m_arvalid[1]), .arready(m_arready[1]), .araddr(m_araddr1), .arlen(m_arlen1),
    .rvalid(m_rvalid[1]), .rready(m_rready[1]), .rlast(m_rlast[1]), .rdata(m_rdata1), .violation(v[1]));
  axi_write_checks write (.clk(clk), .rst(rst), .awvalid(m_awvalid), .awready(m_awready), .awaddr(m_awaddr), .awlen(m_awlen),
    .wvalid(m_wvalid), .wready(m_wready), .wlast(m_wlast), .wdata(m_wdata), .wstrb(m_wstrb), .bvalid(m_bvalid), .bready(m_bready),
    .violation(v[2]));
  axi_lite_checks lite (.clk(clk), .rst(rst), .awvalid(s_awvalid), .awready(s_awready), .wvalid(s_wvalid), .wready(s_wready),
    .bvalid(s_bvalid), .bready(s_bready), .arvalid(s_arvalid), .arready(s_arready), .rvalid(s_rvalid), .rready(s_rready),
    .rdata(s_rdata), .violation(v[3]));
  token_checks l2g (.clk(clk), .rst(dut.clear), .push(dut.l2g_push), .pop(dut.l2g_pop), .count(dut.l2g_count), .violation(v[4]));
  token_checks g2l (.clk(clk), .rst(dut.clear), .push(dut.g2l_push), .pop(dut.g2l_pop), .count(dut.g2l_count), .violation(v[5]));
  token_checks g2s (.clk(clk), .rst(dut.clear), .push(dut.g2s_push), .pop(dut.g2s_pop), .count(dut.g2s_count), .violation(v[6]));
  token_checks s2g (.clk(clk), .rst(dut.clear), .push(dut.s2g_push), .pop(dut.s2g_pop), .count(dut.s2g_count), .violation(v[7]));
  // Command queues: nothing may be pushed into a full one.
  wire lost = (dut.load_push && dut.load_full) || (dut.compute_push && dut.compute_full) || (dut.store_push && dut.store_full);
  integer k;
  reg [7:0] worst;
  always_comb begin
    worst = lost ? 8'd41 : 8'd0;
    for (k = 7; k >= 0; k = k - 1) if (v[k] != 0) worst = v[k];
  end
  always_ff @(posedge clk)
    if (rst) begin violations <= 0; first_violation <= 0; end
    else if (worst != 0) begin
      violations <= violations + 1;
      if (violations == 0) first_violation <= worst;
    end
  assign progress = dut.compute.go || dut.load.pad_valid || dut.compute.pad_valid;
endmodule
