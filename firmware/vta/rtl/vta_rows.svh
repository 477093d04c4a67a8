// Fields of a LOAD or STORE and the place of its first data element, as wires of the instruction "insn".
  wire [15:0] f_sram = insn[F_SRAM +: 16], f_ysize = insn[F_YSIZE +: 16], f_xsize = insn[F_XSIZE +: 16];
  wire [15:0] f_stride = insn[F_STRIDE +: 16];
  wire [31:0] f_dram = insn[F_DRAM +: 32];
  wire [3:0] f_ypad0 = insn[F_YPAD0 +: 4], f_ypad1 = insn[F_YPAD1 +: 4], f_xpad0 = insn[F_XPAD0 +: 4], f_xpad1 = insn[F_XPAD1 +: 4];
  wire [19:0] f_width = {4'd0, f_xsize} + {16'd0, f_xpad0} + {16'd0, f_xpad1};
  // Rows of zeros above: y_pad_0 * width without a multiplier.
  wire [19:0] f_above = (f_ypad0[0] ? f_width : 20'd0) + (f_ypad0[1] ? f_width << 1 : 20'd0) +
    (f_ypad0[2] ? f_width << 2 : 20'd0) + (f_ypad0[3] ? f_width << 3 : 20'd0);
