// The accelerator with the port names by which a block design recognises AXI interfaces. Port 1 only reads; with PORTS = 1 it
// stays silent. Coherent ports need CACHE = 4'b1111; PROT is the board's.
module vta_axi #(
  parameter integer LOG_INP_WIDTH = 3, parameter integer LOG_WGT_WIDTH = 3, parameter integer LOG_ACC_WIDTH = 5,
  parameter integer LOG_BATCH = 0, parameter integer LOG_BLOCK = 4,
  parameter integer LOG_UOP_BUFF_SIZE = 15, parameter integer LOG_INP_BUFF_SIZE = 15,
  parameter integer LOG_WGT_BUFF_SIZE = 18, parameter integer LOG_ACC_BUFF_SIZE = 17,
  parameter integer LEGACY_ISA = 0, parameter integer PORTS = 1, parameter integer DOUBLE_PUMP = 0,
  parameter [2:0] PROT = 3'b000
) (
  (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axi:m0_axi:m1_axi, ASSOCIATED_RESET resetn" *)
  input wire clk,
  input wire core_clk,
  input wire clk2,
  output wire core_on,
  input wire resetn,
  input wire s_axi_awvalid,
  output wire s_axi_awready,
  input wire [13:0] s_axi_awaddr,
  input wire [2:0] s_axi_awprot,
  input wire s_axi_wvalid,
  output wire s_axi_wready,
  input wire [31:0] s_axi_wdata,
  input wire [3:0] s_axi_wstrb,
  output wire s_axi_bvalid,
  input wire s_axi_bready,
  output wire [1:0] s_axi_bresp,
  input wire s_axi_arvalid,
  output wire s_axi_arready,
  input wire [13:0] s_axi_araddr,
  input wire [2:0] s_axi_arprot,
  output wire s_axi_rvalid,
  input wire s_axi_rready,
  output wire [31:0] s_axi_rdata,
  output wire [1:0] s_axi_rresp,
  output wire m0_axi_arvalid,
  input wire m0_axi_arready,
  output wire [31:0] m0_axi_araddr,
  output wire [7:0] m0_axi_arlen,
  output wire [2:0] m0_axi_arsize,
  output wire [1:0] m0_axi_arburst,
  output wire [3:0] m0_axi_arcache,
  output wire [2:0] m0_axi_arprot,
  input wire m0_axi_rvalid,
  output wire m0_axi_rready,
  input wire [63:0] m0_axi_rdata,
  input wire [1:0] m0_axi_rresp,
  input wire m0_axi_rlast,
  output wire m0_axi_awvalid,
  input wire m0_axi_awready,
  output wire [31:0] m0_axi_awaddr,
  output wire [7:0] m0_axi_awlen,
  output wire [2:0] m0_axi_awsize,
  output wire [1:0] m0_axi_awburst,
  output wire [3:0] m0_axi_awcache,
  output wire [2:0] m0_axi_awprot,
  output wire m0_axi_wvalid,
  input wire m0_axi_wready,
  output wire [63:0] m0_axi_wdata,
  output wire [7:0] m0_axi_wstrb,
  output wire m0_axi_wlast,
  input wire m0_axi_bvalid,
  output wire m0_axi_bready,
  input wire [1:0] m0_axi_bresp,
  output wire m1_axi_arvalid,
  input wire m1_axi_arready,
  output wire [31:0] m1_axi_araddr,
  output wire [7:0] m1_axi_arlen,
  output wire [2:0] m1_axi_arsize,
  output wire [1:0] m1_axi_arburst,
  output wire [3:0] m1_axi_arcache,
  output wire [2:0] m1_axi_arprot,
  input wire m1_axi_rvalid,
  output wire m1_axi_rready,
  input wire [63:0] m1_axi_rdata,
  input wire [1:0] m1_axi_rresp,
  input wire m1_axi_rlast
);
  wire [PORTS-1:0] arvalid, arready, rvalid, rready, rlast;
  wire [32*PORTS-1:0] araddr; wire [4*PORTS-1:0] arlen; wire [64*PORTS-1:0] rdata; wire [2*PORTS-1:0] rresp; wire [3:0] awlen;
  vta_top #(
    .LOG_INP_WIDTH(LOG_INP_WIDTH), .LOG_WGT_WIDTH(LOG_WGT_WIDTH), .LOG_ACC_WIDTH(LOG_ACC_WIDTH), .LOG_BATCH(LOG_BATCH),
    .LOG_BLOCK(LOG_BLOCK), .LOG_UOP_BUFF_SIZE(LOG_UOP_BUFF_SIZE), .LOG_INP_BUFF_SIZE(LOG_INP_BUFF_SIZE),
    .LOG_WGT_BUFF_SIZE(LOG_WGT_BUFF_SIZE), .LOG_ACC_BUFF_SIZE(LOG_ACC_BUFF_SIZE), .LEGACY_ISA(LEGACY_ISA), .PORTS(PORTS),
    .DOUBLE_PUMP(DOUBLE_PUMP), .DSP_PRIMITIVES(1)) vta (
    .clk(clk), .core_clk(core_clk), .clk2(clk2), .rst(!resetn), .core_on(core_on),
    .s_awvalid(s_axi_awvalid), .s_awready(s_axi_awready), .s_awaddr(s_axi_awaddr), .s_wvalid(s_axi_wvalid),
    .s_wready(s_axi_wready), .s_wdata(s_axi_wdata), .s_wstrb(s_axi_wstrb), .s_bvalid(s_axi_bvalid), .s_bready(s_axi_bready),
    .s_bresp(s_axi_bresp), .s_arvalid(s_axi_arvalid), .s_arready(s_axi_arready), .s_araddr(s_axi_araddr),
    .s_rvalid(s_axi_rvalid), .s_rready(s_axi_rready), .s_rdata(s_axi_rdata), .s_rresp(s_axi_rresp),
    .m_arvalid(arvalid), .m_arready(arready), .m_araddr(araddr), .m_arlen(arlen), .m_rvalid(rvalid), .m_rready(rready),
    .m_rdata(rdata), .m_rresp(rresp), .m_rlast(rlast),
    .m_awvalid(m0_axi_awvalid), .m_awready(m0_axi_awready), .m_awaddr(m0_axi_awaddr), .m_awlen(awlen),
    .m_wvalid(m0_axi_wvalid), .m_wready(m0_axi_wready), .m_wdata(m0_axi_wdata), .m_wstrb(m0_axi_wstrb),
    .m_wlast(m0_axi_wlast), .m_bvalid(m0_axi_bvalid), .m_bready(m0_axi_bready), .m_bresp(m0_axi_bresp));
  assign m0_axi_awlen = {4'd0, awlen};
  assign m0_axi_awsize = 3'd3;
  assign m0_axi_awburst = 2'b01;
  assign m0_axi_awcache = 4'b1111;
  assign m0_axi_awprot = PROT;
  assign m0_axi_arsize = 3'd3;
  assign m0_axi_arburst = 2'b01;
  assign m0_axi_arcache = 4'b1111;
  assign m0_axi_arprot = PROT;
  assign m0_axi_arvalid = arvalid[0];
  assign m0_axi_araddr = araddr[31:0];
  assign m0_axi_arlen = {4'd0, arlen[3:0]};
  assign m0_axi_rready = rready[0];
  assign m1_axi_arsize = 3'd3;
  assign m1_axi_arburst = 2'b01;
  assign m1_axi_arcache = 4'b1111;
  assign m1_axi_arprot = PROT;
  generate
    if (PORTS == 2) begin : g_two
      assign m1_axi_arvalid = arvalid[1];
      assign m1_axi_araddr = araddr[63:32];
      assign m1_axi_arlen = {4'd0, arlen[7:4]};
      assign m1_axi_rready = rready[1];
      assign arready = {m1_axi_arready, m0_axi_arready};
      assign rvalid = {m1_axi_rvalid, m0_axi_rvalid};
      assign rlast = {m1_axi_rlast, m0_axi_rlast};
      assign rdata = {m1_axi_rdata, m0_axi_rdata};
      assign rresp = {m1_axi_rresp, m0_axi_rresp};
    end else begin : g_one
      assign m1_axi_arvalid = 1'b0;
      assign m1_axi_araddr = 32'd0;
      assign m1_axi_arlen = 8'd0;
      assign m1_axi_rready = 1'b0;
      assign arready = m0_axi_arready;
      assign rvalid = m0_axi_rvalid;
      assign rlast = m0_axi_rlast;
      assign rdata = m0_axi_rdata;
      assign rresp = m0_axi_rresp;
    end
  endgenerate
endmodule
