`include "vta_params.svh"
// The accelerator: four modules, their command and token queues, the register block, one or two AXI4 masters.
// Port 0 also carries instructions, micro-ops, accumulators and stores. clk2 (twice clk, rising with it) is used only with
// DOUBLE_PUMP. Data is 64 bits wide, addresses are 32 bits; bursts are INCR, at most 16 beats, and never cross 128 bytes.
// core_clk is clk while core_on and stands still otherwise: everything but the register block is on it, so that a waiting
// accelerator has no clock. core_on changes after a rising edge of clk and decides about the next one.
module vta_top #(`VTA_PARAMS) (
  input  wire clk, core_clk, clk2, rst, output wire core_on,
  input  wire s_awvalid, output wire s_awready, input wire [13:0] s_awaddr,
  input  wire s_wvalid, output wire s_wready, input wire [31:0] s_wdata, input wire [3:0] s_wstrb,
  output wire s_bvalid, input wire s_bready, output wire [1:0] s_bresp,
  input  wire s_arvalid, output wire s_arready, input wire [13:0] s_araddr,
  output wire s_rvalid, input wire s_rready, output wire [31:0] s_rdata, output wire [1:0] s_rresp,
  output wire [PORTS-1:0] m_arvalid, input wire [PORTS-1:0] m_arready, output wire [32*PORTS-1:0] m_araddr,
  output wire [4*PORTS-1:0] m_arlen,
  input  wire [PORTS-1:0] m_rvalid, output wire [PORTS-1:0] m_rready, input wire [64*PORTS-1:0] m_rdata,
  input  wire [2*PORTS-1:0] m_rresp, input wire [PORTS-1:0] m_rlast,
  output wire m_awvalid, input wire m_awready, output wire [31:0] m_awaddr, output wire [3:0] m_awlen,
  output wire m_wvalid, input wire m_wready, output wire [63:0] m_wdata, output wire [7:0] m_wstrb, output wire m_wlast,
  input  wire m_bvalid, output wire m_bready, input wire [1:0] m_bresp
);
`include "vta_layout.svh"
  wire start, flush, halt, finished; wire [31:0] insn_count, insn_addr, inp_base, wgt_base, uop_base, acc_base, out_base;
  wire clear = rst || flush;
  // ------------------------------------------------------------------ fetch and command queues
  wire [127:0] fetched, load_insn, compute_insn, store_insn;
  wire load_push, compute_push, store_push, load_full, compute_full, store_full;
  wire load_valid, compute_valid, store_valid, load_pop, compute_pop, store_pop;
  wire fetch_busy, dispatch; wire [3:0] error_fetch, error_load, error_compute, error_store;
  wire f_ar_valid, f_ar_ready, f_r_valid, f_r_ready; wire [31:0] f_ar_addr; wire [3:0] f_ar_len;
  vta_fetch #(`VTA_PASS) fetch (
    .clk(core_clk), .rst(clear), .halt(halt), .start(start), .count(insn_count), .addr(insn_addr),
    .ar_valid(f_ar_valid), .ar_ready(f_ar_ready), .ar_addr(f_ar_addr), .ar_len(f_ar_len),
    .r_valid(f_r_valid), .r_ready(f_r_ready), .r_data(m_rdata[63:0]), .insn(fetched),
    .load_push(load_push), .load_full(load_full), .compute_push(compute_push), .compute_full(compute_full),
    .store_push(store_push), .store_full(store_full), .busy(fetch_busy), .dispatch(dispatch), .error(error_fetch));
  vta_queue load_queue (.clk(core_clk), .rst(clear), .push(load_push), .in(fetched), .full(load_full), .valid(load_valid),
    .out(load_insn), .pop(load_pop));
  vta_queue compute_queue (.clk(core_clk), .rst(clear), .push(compute_push), .in(fetched), .full(compute_full),
    .valid(compute_valid), .out(compute_insn), .pop(compute_pop));
  vta_queue store_queue (.clk(core_clk), .rst(clear), .push(store_push), .in(fetched), .full(store_full), .valid(store_valid),
    .out(store_insn), .pop(store_pop));
  // ------------------------------------------------------------------ tokens
  wire l2g_push, l2g_pop, l2g_have, l2g_full, g2l_push, g2l_pop, g2l_have, g2l_full;
  wire g2s_push, g2s_pop, g2s_have, g2s_full, s2g_push, s2g_pop, s2g_have, s2g_full;
  wire [11:0] l2g_count, g2l_count, g2s_count, s2g_count;
  vta_tokens l2g (.clk(core_clk), .rst(clear), .push(l2g_push), .pop(l2g_pop), .available(l2g_have), .full(l2g_full), .count(l2g_count));
  vta_tokens g2l (.clk(core_clk), .rst(clear), .push(g2l_push), .pop(g2l_pop), .available(g2l_have), .full(g2l_full), .count(g2l_count));
  vta_tokens g2s (.clk(core_clk), .rst(clear), .push(g2s_push), .pop(g2s_pop), .available(g2s_have), .full(g2s_full), .count(g2s_count));
  vta_tokens s2g (.clk(core_clk), .rst(clear), .push(s2g_push), .pop(s2g_pop), .available(s2g_have), .full(s2g_full), .count(s2g_count));
  // ------------------------------------------------------------------ modules
  wire load_idle, compute_idle, store_idle, load_waiting, compute_waiting, store_waiting;
  wire count_gemm, count_alu, count_stall;
  wire [PORTS-1:0] l_ar_valid, l_ar_ready, l_r_valid, l_r_ready; wire [32*PORTS-1:0] l_ar_addr; wire [4*PORTS-1:0] l_ar_len;
  wire [I-1:0] inp_ra; wire [(8<<EB_INP)-1:0] inp_rd; wire [W-1:0] wgt_ra; wire [(8<<EB_WGT)-1:0] wgt_rd;
  vta_load #(`VTA_PASS) load (
    .clk(core_clk), .rst(clear), .halt(halt), .insn_valid(load_valid), .insn(load_insn), .insn_pop(load_pop),
    .token_in(g2l_have), .token_pop(g2l_pop), .token_full(l2g_full), .token_push(l2g_push),
    .inp_base(inp_base), .wgt_base(wgt_base), .ar_valid(l_ar_valid), .ar_ready(l_ar_ready), .ar_addr(l_ar_addr),
    .ar_len(l_ar_len), .r_valid(l_r_valid), .r_ready(l_r_ready), .r_data(m_rdata),
    .inp_ra(inp_ra), .inp_rd(inp_rd), .wgt_ra(wgt_ra), .wgt_rd(wgt_rd), .idle(load_idle), .waiting(load_waiting),
    .error(error_load));
  wire c_ar_valid, c_ar_ready, c_r_valid, c_r_ready; wire [31:0] c_ar_addr; wire [3:0] c_ar_len;
  wire out_re; wire [A-1:0] out_ra; wire [(8<<EB_OUT)-1:0] out_rd;
  vta_compute #(`VTA_PASS) compute (
    .clk(core_clk), .clk2(clk2), .rst(clear), .halt(halt), .insn_valid(compute_valid), .insn(compute_insn), .insn_pop(compute_pop),
    .l2g_in(l2g_have), .l2g_pop(l2g_pop), .s2g_in(s2g_have), .s2g_pop(s2g_pop), .g2l_full(g2l_full), .g2l_push(g2l_push),
    .g2s_full(g2s_full), .g2s_push(g2s_push), .uop_base(uop_base), .acc_base(acc_base),
    .ar_valid(c_ar_valid), .ar_ready(c_ar_ready), .ar_addr(c_ar_addr), .ar_len(c_ar_len),
    .r_valid(c_r_valid), .r_ready(c_r_ready), .r_data(m_rdata[63:0]),
    .inp_ra(inp_ra), .inp_rd(inp_rd), .wgt_ra(wgt_ra), .wgt_rd(wgt_rd), .out_re(out_re), .out_ra(out_ra), .out_rd(out_rd),
    .done(finished), .idle(compute_idle), .waiting(compute_waiting), .count_gemm(count_gemm), .count_alu(count_alu),
    .count_stall(count_stall), .error(error_compute));
  vta_store #(`VTA_PASS) store (
    .clk(core_clk), .rst(clear), .halt(halt), .insn_valid(store_valid), .insn(store_insn), .insn_pop(store_pop),
    .token_in(g2s_have), .token_pop(g2s_pop), .token_full(s2g_full), .token_push(s2g_push), .out_base(out_base),
    .out_re(out_re), .out_ra(out_ra), .out_rd(out_rd),
    .aw_valid(m_awvalid), .aw_ready(m_awready), .aw_addr(m_awaddr), .aw_len(m_awlen), .w_valid(m_wvalid), .w_ready(m_wready),
    .w_data(m_wdata), .w_strb(m_wstrb), .w_last(m_wlast), .b_valid(m_bvalid), .b_error(m_bresp != 0),
    .idle(store_idle), .waiting(store_waiting), .error(error_store));
  assign m_bready = 1'b1;
  // ------------------------------------------------------------------ memory ports
  wire [PORTS-1:0] port_idle;
  vta_read_port #(.N(3)) port0 (
    .clk(core_clk), .rst(clear), .ar_valid({l_ar_valid[0], c_ar_valid, f_ar_valid}), .ar_addr({l_ar_addr[31:0], c_ar_addr, f_ar_addr}),
    .ar_len({l_ar_len[3:0], c_ar_len, f_ar_len}), .ar_ready({l_ar_ready[0], c_ar_ready, f_ar_ready}),
    .r_valid({l_r_valid[0], c_r_valid, f_r_valid}), .r_ready({l_r_ready[0], c_r_ready, f_r_ready}),
    .m_ar_valid(m_arvalid[0]), .m_ar_ready(m_arready[0]), .m_ar_addr(m_araddr[31:0]), .m_ar_len(m_arlen[3:0]),
    .m_r_valid(m_rvalid[0]), .m_r_ready(m_rready[0]), .m_r_last(m_rlast[0]), .idle(port_idle[0]));
  generate
    if (PORTS == 2) begin : g_port1
      vta_read_port #(.N(1)) port1 (
        .clk(core_clk), .rst(clear), .ar_valid(l_ar_valid[1]), .ar_addr(l_ar_addr[63:32]), .ar_len(l_ar_len[7:4]),
        .ar_ready(l_ar_ready[1]), .r_valid(l_r_valid[1]), .r_ready(l_r_ready[1]),
        .m_ar_valid(m_arvalid[1]), .m_ar_ready(m_arready[1]), .m_ar_addr(m_araddr[63:32]), .m_ar_len(m_arlen[7:4]),
        .m_r_valid(m_rvalid[1]), .m_r_ready(m_rready[1]), .m_r_last(m_rlast[1]), .idle(port_idle[1]));
    end
  endgenerate
  wire [PORTS-1:0] read_beat = m_rvalid & m_rready;
  reg [PORTS-1:0] read_error;
  integer p;
  always_comb for (p = 0; p < PORTS; p = p + 1) read_error[p] = read_beat[p] && m_rresp[2*p +: 2] != 0;
  reg [4:0] write_open;                                    // write bursts on their way, also after an error
  always_ff @(posedge clk)
    if (rst) write_open <= 0;
    else write_open <= write_open + {4'd0, m_awvalid && m_awready} - {4'd0, m_bvalid};
  wire all_idle = port_idle == {PORTS{1'b1}} && write_open == 0 && !m_awvalid && !m_wvalid;
  // ------------------------------------------------------------------ registers
  assign s_bresp = 2'b00;
  assign s_rresp = 2'b00;
  vta_regs #(`VTA_PASS) regs (
    .clk(clk), .rst(rst), .core_on(core_on), .aw_valid(s_awvalid), .aw_ready(s_awready), .aw_addr(s_awaddr), .w_valid(s_wvalid),
    .w_ready(s_wready), .w_data(s_wdata), .w_strb(s_wstrb), .b_valid(s_bvalid), .b_ready(s_bready),
    .ar_valid(s_arvalid), .ar_ready(s_arready), .ar_addr(s_araddr), .r_valid(s_rvalid), .r_ready(s_rready), .r_data(s_rdata),
    .start(start), .insn_count(insn_count), .insn_addr(insn_addr), .inp_base(inp_base), .wgt_base(wgt_base),
    .uop_base(uop_base), .acc_base(acc_base), .out_base(out_base), .fetch_busy(fetch_busy), .all_idle(all_idle),
    .finished(finished), .flush(flush), .error_fetch(error_fetch), .error_load(error_load), .error_compute(error_compute),
    .error_store(error_store), .error_read(read_error != 0), .halt(halt), .dispatch(dispatch),
    .retire({store_pop, compute_pop, load_pop}), .count_gemm(count_gemm), .count_alu(count_alu), .count_stall(count_stall),
    .load_idle(load_idle), .compute_idle(compute_idle), .store_idle(store_idle), .load_waiting(load_waiting),
    .compute_waiting(compute_waiting), .store_waiting(store_waiting),
    .read_beat(PORTS == 2 ? {1'b0, read_beat[0]} + {1'b0, read_beat[PORTS-1]} : {1'b0, read_beat[0]}),
    .write_beat(m_wvalid && m_wready));
endmodule
