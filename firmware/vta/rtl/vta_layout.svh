// What follows from the parameters: depths, element sizes, and where each field of an instruction lies. Included inside
// modules. The fields are those of C bit-fields in 64-bit words: filled from bit 0, and a field that would straddle two
// words moves to the next.
`define VTA_PLACE(position, width) (((position) % 64) + (width) > 64 ? (((position) + 63) / 64) * 64 : (position))
  localparam integer BATCH = 1 << LOG_BATCH, BLOCK = 1 << LOG_BLOCK, LANES = BATCH * BLOCK;
  localparam integer INP_W = 1 << LOG_INP_WIDTH, WGT_W = 1 << LOG_WGT_WIDTH, OUT_W = INP_W;
  // log2 of element bytes and of the number of elements in each scratchpad
  localparam integer EB_INP = LOG_BATCH + LOG_BLOCK + LOG_INP_WIDTH - 3, EB_WGT = 2 * LOG_BLOCK + LOG_WGT_WIDTH - 3;
  localparam integer EB_ACC = LOG_BATCH + LOG_BLOCK + 2, EB_ACC8 = LOG_BATCH + LOG_BLOCK, EB_UOP = 2, EB_OUT = EB_INP;
  localparam integer U = LOG_UOP_BUFF_SIZE - 2, I = LOG_INP_BUFF_SIZE - EB_INP;
  localparam integer W = LOG_WGT_BUFF_SIZE - EB_WGT, A = LOG_ACC_BUFF_SIZE - EB_ACC;
  localparam integer ID_W = LEGACY_ISA ? 2 : 3;
  localparam integer F_MEM = 7, F_SRAM = F_MEM + ID_W, F_DRAM = F_SRAM + 16;
  localparam integer F_YSIZE = 64, F_XSIZE = 80, F_STRIDE = 96, F_YPAD0 = 112, F_YPAD1 = 116, F_XPAD0 = 120, F_XPAD1 = 124;
  localparam integer F_RESET = 7, F_UBGN = 8, F_UEND = 8 + U, F_IOUT = 9 + 2 * U, F_IIN = 23 + 2 * U;
  localparam integer F_DOUT = `VTA_PLACE(37 + 2 * U, A), F_DIN = `VTA_PLACE(F_DOUT + A, A);
  localparam integer F_SOUT = `VTA_PLACE(F_DIN + A, I), F_SIN = `VTA_PLACE(F_SOUT + I, I);
  localparam integer F_WOUT = `VTA_PLACE(F_SIN + I, W), F_WIN = `VTA_PLACE(F_WOUT + W, W);
  localparam integer F_ASOUT = `VTA_PLACE(F_DIN + A, A), F_ASIN = `VTA_PLACE(F_ASOUT + A, A);
  localparam integer F_AOP = `VTA_PLACE(F_ASIN + A, ID_W), F_USEIMM = `VTA_PLACE(F_AOP + ID_W, 1);
  localparam integer F_IMM = `VTA_PLACE(F_USEIMM + 1, 16);
  // micro-op: dst from bit 0, src, wgt
  localparam integer SRC_W = (LEGACY_ISA || I > A) ? I : A, F_USRC = A, F_UWGT = A + SRC_W;
  localparam [2:0] OP_LOAD = 3'd0, OP_STORE = 3'd1, OP_GEMM = 3'd2, OP_FINISH = 3'd3, OP_ALU = 3'd4;
  localparam [2:0] MEM_UOP = 3'd0, MEM_WGT = 3'd1, MEM_INP = 3'd2, MEM_ACC = 3'd3, MEM_OUT = 3'd4, MEM_ACC8 = 3'd5;
  localparam [2:0] ALU_MIN = 3'd0, ALU_MAX = 3'd1, ALU_ADD = 3'd2, ALU_SHR = 3'd3, ALU_MUL = 3'd4;
  // error codes
  localparam [3:0] E_OPCODE = 4'd1, E_MEMORY = 4'd2, E_PADDING = 4'd3, E_ALU = 4'd4, E_RANGE = 4'd5, E_FLAGS = 4'd6,
    E_READ = 4'd7, E_WRITE = 4'd8;
