// Parameters every module of the accelerator takes, named as the keys of vta_config.json (base-2 logarithms; buffers in
// bytes, widths in bits), and how a parent passes them on.
`define VTA_PARAMS \
  parameter integer LOG_INP_WIDTH = 3, parameter integer LOG_WGT_WIDTH = 3, parameter integer LOG_ACC_WIDTH = 5, \
  parameter integer LOG_BATCH = 0, parameter integer LOG_BLOCK = 4, \
  parameter integer LOG_UOP_BUFF_SIZE = 15, parameter integer LOG_INP_BUFF_SIZE = 15, \
  parameter integer LOG_WGT_BUFF_SIZE = 18, parameter integer LOG_ACC_BUFF_SIZE = 17, \
  parameter integer LEGACY_ISA = 0,  /* 1: memory ids and ALU operations of 2 bits */ \
  parameter integer PORTS = 1,       /* AXI4 masters that loads are spread over, 1 or 2 */ \
  parameter integer DOUBLE_PUMP = 0, /* 1: dot products at clk2, two rows of the batch per multiplier */ \
  parameter integer DSP_PRIMITIVES = 0 /* 1: instantiate DSP48E1 (synthesis); 0: the same arithmetic as plain code */

`define VTA_PASS \
  .LOG_INP_WIDTH(LOG_INP_WIDTH), .LOG_WGT_WIDTH(LOG_WGT_WIDTH), .LOG_ACC_WIDTH(LOG_ACC_WIDTH), \
  .LOG_BATCH(LOG_BATCH), .LOG_BLOCK(LOG_BLOCK), .LOG_UOP_BUFF_SIZE(LOG_UOP_BUFF_SIZE), \
  .LOG_INP_BUFF_SIZE(LOG_INP_BUFF_SIZE), .LOG_WGT_BUFF_SIZE(LOG_WGT_BUFF_SIZE), .LOG_ACC_BUFF_SIZE(LOG_ACC_BUFF_SIZE), \
  .LEGACY_ISA(LEGACY_ISA), .PORTS(PORTS), .DOUBLE_PUMP(DOUBLE_PUMP), .DSP_PRIMITIVES(DSP_PRIMITIVES)

// A planted fault, to show that the checks would find it: only in simulations built with VTA_FAULTS, chosen by +fault=N.
`ifdef VTA_FAULTS
`define VTA_FAULT_SELECT \
  integer fault_number; \
  initial if (!$value$plusargs("fault=%d", fault_number)) fault_number = 0;
`define VTA_FAULT(n) (fault_number == n)
`else
`define VTA_FAULT_SELECT
`define VTA_FAULT(n) (1'b0)
`endif
