/*
 * Convolutions of 8-bit numbers with AVX512-VNNI, four products per 32-bit lane and instruction. Optional: the managed
 * kernels give the same bytes. Activations are unsigned (signed ones arrive with their top bit flipped); their zero
 * point is folded into the bias by the caller. The structure mirrors NativeCall in NativeConvolution.cs.
 */
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define ABI_VERSION 2
#define LANES 16
#define MAXIMUM_TAPS 64
#define MAXIMUM_ESTIMATES 4096

/* ESTIMATED is REAL where single precision decides, see requantize4. */
enum { SHIFT = 0, FIXED_POINT = 1, NONE = 2, REAL = 3, ESTIMATED = 4 };

typedef struct {
    const uint8_t *input;       /* convolution: first byte of the padded image; depth-wise: of the tensor */
    const int8_t *weights;
    const int32_t *bias;        /* this and the next four: one per channel in kernel order, padded to 64 */
    const int32_t *left;
    const int32_t *right;
    const int32_t *multiplier;
    const double *factor;
    const int32_t *offsets;     /* convolution: (byte offset, groups of four) per run; depth-wise: (row, column) per tap */
    const uint8_t *zeros;       /* depth-wise: what padded pixels hold, all channels and 64 more */
    uint8_t *output;            /* first channel of the first pixel */
    int32_t offset_count;
    int32_t quads;              /* groups of four per output channel */
    int32_t height, width;      /* of the output */
    int32_t row_step, pixel_step; /* input bytes from an output row, pixel, to the next */
    int32_t channels;           /* computed here */
    int32_t output_stride;      /* elements from an output pixel to the next */
    int32_t kind, zero_point, minimum, maximum;
    int32_t input_height, input_width; /* these and the next: depth-wise only */
    int32_t stride_height, stride_width, pad_top, pad_left;
    int32_t flip;               /* depth-wise: 0x80 for signed inputs, else 0 */
} call;

/* A call and its factors in single precision. */
typedef struct {
    call c;
    float estimate[MAXIMUM_ESTIMATES];
} work;

int32_t fpgaedge_kernels_abi(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni") ? ABI_VERSION : 0;
}

#define INLINE static inline __attribute__((always_inline))

INLINE __m256i real8(__m256i sums, const double *factor, __m512d low, __m512d high)
{
    /* Clamping to whole numbers before rounding gives what clamping after it gives. */
    __m512d product = _mm512_mul_pd(_mm512_cvtepi32_pd(sums), _mm512_loadu_pd(factor));
    return _mm512_cvtpd_epi32(_mm512_min_pd(_mm512_max_pd(product, low), high));
}

INLINE __m512i fixed_point(const call *c, __m512i sums, int at)
{
    __m512i shifted = _mm512_sllv_epi32(sums, _mm512_loadu_si512(c->left + at));
    __m512i multiplier = _mm512_loadu_si512(c->multiplier + at);
    __m512i nudge = _mm512_set1_epi64(1LL << 30);
    __m512i even = _mm512_add_epi64(_mm512_mul_epi32(shifted, multiplier), nudge);
    __m512i odd = _mm512_add_epi64(
        _mm512_mul_epi32(_mm512_srli_epi64(shifted, 32), _mm512_srli_epi64(multiplier, 32)), nudge);
    __m512i high = _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
    __m512i exponent = _mm512_loadu_si512(c->right + at);
    __m512i one = _mm512_set1_epi32(1);
    __m512i mask = _mm512_sub_epi32(_mm512_sllv_epi32(one, exponent), one);
    __m512i threshold = _mm512_add_epi32(_mm512_srli_epi32(mask, 1), _mm512_srli_epi32(high, 31));
    __mmask16 up = _mm512_cmpgt_epi32_mask(_mm512_and_si512(high, mask), threshold);
    __m512i value = _mm512_srav_epi32(high, exponent);
    value = _mm512_mask_add_epi32(value, up, value, one);
    /* Far outside of every clamp, and adding a zero point cannot overflow. */
    value = _mm512_max_epi32(_mm512_min_epi32(value, _mm512_set1_epi32(1 << 20)), _mm512_set1_epi32(-(1 << 20)));
    return _mm512_add_epi32(value, _mm512_set1_epi32(c->zero_point));
}

/* Accumulators of the sixteen channels from at on to clamped output values; KIND is a constant once inlined. */
INLINE __m512i requantize(const call *c, const int KIND, __m512i sums, int at)
{
    __m512i value;
    if (KIND == REAL) {
        __m512d low = _mm512_set1_pd(c->minimum - c->zero_point), high = _mm512_set1_pd(c->maximum - c->zero_point);
        __m256i first = real8(_mm512_castsi512_si256(sums), c->factor + at, low, high);
        __m256i second = real8(_mm512_extracti64x4_epi64(sums, 1), c->factor + at + 8, low, high);
        value = _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
        return _mm512_add_epi32(value, _mm512_set1_epi32(c->zero_point));
    }
    value = KIND == SHIFT ? _mm512_srav_epi32(sums, _mm512_loadu_si512(c->right + at)) : fixed_point(c, sums, at);
    return _mm512_min_epi32(
        _mm512_max_epi32(value, _mm512_set1_epi32(c->minimum)), _mm512_set1_epi32(c->maximum));
}

/*
 * COUNT vectors of neighbouring channels. A product in single precision is off by at most 2^-24 of itself three times
 * over, which is below 10^-4 wherever clamping leaves it: unless it lies within 2 · 10^-4 of a half it rounds as the
 * product in double precision does. Where any lane lies so close, all are done in double precision.
 */
INLINE void requantize4(const call *c, const float *estimate, const int KIND, const int COUNT, const __m512i *sums,
    int channel, __m512i *values)
{
    if (KIND == ESTIMATED) {
        const __m512 low = _mm512_set1_ps((float)(c->minimum - c->zero_point));
        const __m512 high = _mm512_set1_ps((float)(c->maximum - c->zero_point));
        __mmask16 close = 0;
#pragma GCC unroll 4
        for (int b = 0; b < COUNT; b++) {
            __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[b]), _mm512_loadu_ps(estimate + channel + b * LANES));
            __m512 clamped = _mm512_min_ps(_mm512_max_ps(product, low), high);
            __m512i whole = _mm512_cvtps_epi32(clamped);
            __m512 rest = _mm512_abs_ps(_mm512_sub_ps(clamped, _mm512_cvtepi32_ps(whole)));
            close |= _mm512_cmp_ps_mask(rest, _mm512_set1_ps(0.4998f), _CMP_NLT_UQ);
            values[b] = _mm512_add_epi32(whole, _mm512_set1_epi32(c->zero_point));
        }
        if (__builtin_expect(close == 0, 1))
            return;
    }
#pragma GCC unroll 4
    for (int b = 0; b < COUNT; b++)
        values[b] = requantize(c, KIND == ESTIMATED ? REAL : KIND, sums[b], channel + b * LANES);
}

/* Four vectors of clamped values to bytes; every 128-bit quarter holds four channels of each. */
INLINE __m512i pack(const call *c, __m512i a, __m512i b, __m512i d, __m512i e)
{
    __m512i low = _mm512_packs_epi32(a, b), high = _mm512_packs_epi32(d, e);
    return c->minimum < 0 ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high);
}

INLINE void store_bytes(uint8_t *out, __m512i bytes, int count)
{
    if (count >= 64)
        _mm512_storeu_si512(out, bytes);
    else if (count == 32)
        _mm256_storeu_si256((__m256i *)out, _mm512_castsi512_si256(bytes));
    else if (count == 16)
        _mm_storeu_si128((__m128i *)out, _mm512_castsi512_si128(bytes));
    else
        _mm512_mask_storeu_epi8(out, (1ULL << count) - 1, bytes);
}

INLINE void store(const call *c, const float *estimate, const int KIND, const int BLOCKS, const __m512i *sums,
    int position, int channel)
{
    const int left = c->channels - channel;
    const long at = (long)position * c->output_stride + channel;
    if (KIND == NONE) {
#pragma GCC unroll 4
        for (int b = 0; b < BLOCKS; b++) {
            int lanes = left - b * LANES;
            __mmask16 mask = lanes >= LANES ? 0xFFFF : (__mmask16)((1u << lanes) - 1);
            _mm512_mask_storeu_epi32((int32_t *)c->output + at + b * LANES, mask, sums[b]);
        }
        return;
    }
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i v[4] = {sums[0], sums[0], sums[0], sums[0]};
    requantize4(c, estimate, KIND, BLOCKS, sums, channel, v);
    __m512i bytes = _mm512_permutexvar_epi32(order, pack(c, v[0], v[1], v[2], v[3]));
    store_bytes(c->output + at, bytes, left);
}

/* BLOCKS × 16 channels from channel on, PIXELS positions at a time. */
INLINE void blocks(const call *c, const float *estimate, int channel, const int KIND, const int BLOCKS, const int PIXELS)
{
    const int positions = c->height * c->width;
    const long stride = (long)c->quads * 4 * LANES;
    const int8_t *first = c->weights + channel / LANES * stride;
    for (int position = 0; position < positions; position += PIXELS) {
        const uint8_t *pixel[12];
        __m512i sum[12][4];
        int y = position / c->width, x = position % c->width;
        const int count = positions - position < PIXELS ? positions - position : PIXELS;
        for (int p = 0; p < PIXELS; p++) {
            /* Past the last pixel the last one is computed again and not stored. */
            pixel[p] = c->input + (long)y * c->row_step + (long)x * c->pixel_step;
            if (p + 1 < count && ++x == c->width) {
                x = 0;
                y++;
            }
        }
#pragma GCC unroll 12
        for (int p = 0; p < PIXELS; p++)
#pragma GCC unroll 4
            for (int b = 0; b < BLOCKS; b++)
                sum[p][b] = _mm512_loadu_si512(c->bias + channel + b * LANES);
        const int8_t *w = first;
        for (int run = 0; run < c->offset_count; run++) {
            long offset = c->offsets[2 * run];
            const long end = offset + 4L * c->offsets[2 * run + 1];
            for (; offset < end; offset += 4, w += 4 * LANES) {
                __m512i weight[4];
#pragma GCC unroll 4
                for (int b = 0; b < BLOCKS; b++)
                    weight[b] = _mm512_loadu_si512(w + b * stride);
#pragma GCC unroll 12
                for (int p = 0; p < PIXELS; p++) {
                    int32_t four;
                    memcpy(&four, pixel[p] + offset, 4);
                    __m512i activation = _mm512_set1_epi32(four);
#pragma GCC unroll 4
                    for (int b = 0; b < BLOCKS; b++)
                        sum[p][b] = _mm512_dpbusd_epi32(sum[p][b], activation, weight[b]);
                }
            }
        }
#pragma GCC unroll 12
        for (int p = 0; p < PIXELS; p++)
            if (p < count)
                store(c, estimate, KIND, BLOCKS, sum[p], position + p, channel);
    }
}

INLINE void convolution(const call *c, const float *estimate, const int KIND)
{
    int channel = 0;
    for (; c->channels - channel > 3 * LANES; channel += 4 * LANES)
        blocks(c, estimate, channel, KIND, 4, 6);
    int left = (c->channels - channel + LANES - 1) / LANES;
    if (left == 3)
        blocks(c, estimate, channel, KIND, 3, 8);
    else if (left == 2)
        blocks(c, estimate, channel, KIND, 2, 12);
    else if (left == 1)
        blocks(c, estimate, channel, KIND, 1, 12);
}

/* The call's own copy: stores of bytes are then known not to change it. */
INLINE int prepare(work *w, const call *given)
{
    w->c = *given;
    const int channels = (given->channels + 63) / 64 * 64;
    if (given->kind != REAL || channels > MAXIMUM_ESTIMATES)
        return given->kind;
    for (int i = 0; i < channels; i++) {
        w->estimate[i] = (float)given->factor[i];
        if (i < given->channels && given->factor[i] != 0 && !(given->factor[i] > 1e-30 && given->factor[i] < 1e30))
            return REAL;
    }
    return ESTIMATED;
}

/* Weights: [block of 16 channels][four inputs][channel][4]. */
void fpgaedge_convolution(const call *given)
{
    work w;
    int kind = prepare(&w, given);
    const call c = w.c;
    switch (kind) {
    case SHIFT: convolution(&c, w.estimate, SHIFT); break;
    case FIXED_POINT: convolution(&c, w.estimate, FIXED_POINT); break;
    case REAL: convolution(&c, w.estimate, REAL); break;
    case ESTIMATED: convolution(&c, w.estimate, ESTIMATED); break;
    default: convolution(&c, w.estimate, NONE); break;
    }
}

INLINE __m512i activations(const uint8_t *from, __mmask64 mask, const int FULL, __m512i flip)
{
    __m512i bytes = FULL ? _mm512_loadu_si512(from) : _mm512_maskz_loadu_epi8(mask, from);
    return _mm512_xor_si512(bytes, flip);
}

/* Up to 64 channels of one pixel; the last chunk of a tensor must not read past its end. */
INLINE void chunk(const call *c, const float *estimate, const int KIND, const int QUADS, const int FULL,
    const uint8_t *const *taps, int channel, __m512i flip, uint8_t *out)
{
    const int left = c->channels - channel;
    const __mmask64 mask = FULL ? ~0ULL : (1ULL << left) - 1;
    const int8_t *w = c->weights + (long)channel * 4 * QUADS;
    __m512i sum[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++)
        sum[k] = _mm512_loadu_si512(c->bias + channel + k * LANES);
#pragma GCC unroll 3
    for (int q = 0; q < QUADS; q++, w += 256) {
        __m512i x0 = activations(taps[4 * q] + channel, mask, FULL, flip);
        __m512i x1 = activations(taps[4 * q + 1] + channel, mask, FULL, flip);
        __m512i x2 = activations(taps[4 * q + 2] + channel, mask, FULL, flip);
        __m512i x3 = activations(taps[4 * q + 3] + channel, mask, FULL, flip);
        __m512i low01 = _mm512_unpacklo_epi8(x0, x1), high01 = _mm512_unpackhi_epi8(x0, x1);
        __m512i low23 = _mm512_unpacklo_epi8(x2, x3), high23 = _mm512_unpackhi_epi8(x2, x3);
        sum[0] = _mm512_dpbusd_epi32(sum[0], _mm512_unpacklo_epi16(low01, low23), _mm512_loadu_si512(w));
        sum[1] = _mm512_dpbusd_epi32(sum[1], _mm512_unpackhi_epi16(low01, low23), _mm512_loadu_si512(w + 64));
        sum[2] = _mm512_dpbusd_epi32(sum[2], _mm512_unpacklo_epi16(high01, high23), _mm512_loadu_si512(w + 128));
        sum[3] = _mm512_dpbusd_epi32(sum[3], _mm512_unpackhi_epi16(high01, high23), _mm512_loadu_si512(w + 192));
    }
    __m512i v[4];
    requantize4(c, estimate, KIND, 4, sum, channel, v);
    /* Packing works within quarters, as unpacking did: channels come out in order. */
    store_bytes(out + channel, pack(c, v[0], v[1], v[2], v[3]), FULL ? 64 : left);
}

INLINE void depthwise(const call *c, const float *estimate, const int KIND, const int QUADS)
{
    const __m512i flip = _mm512_set1_epi8((char)c->flip);
    const uint8_t *taps[MAXIMUM_TAPS];
    uint8_t *out = c->output;
    for (int y = 0; y < c->height; y++) {
        for (int x = 0; x < c->width; x++, out += c->output_stride) {
            const int top = y * c->stride_height - c->pad_top, start = x * c->stride_width - c->pad_left;
#pragma GCC unroll 12
            for (int t = 0; t < 4 * QUADS; t++) {
                int row = top + c->offsets[2 * t], column = start + c->offsets[2 * t + 1];
                int inside = (unsigned)row < (unsigned)c->input_height && (unsigned)column < (unsigned)c->input_width;
                const uint8_t *at = c->input + ((long)row * c->input_width + column) * c->output_stride;
                taps[t] = inside ? at : c->zeros;
            }
            int channel = 0;
            for (; c->channels - channel >= 64; channel += 64)
                chunk(c, estimate, KIND, QUADS, 1, taps, channel, flip, out);
            if (channel < c->channels)
                chunk(c, estimate, KIND, QUADS, 0, taps, channel, flip, out);
        }
    }
}

/*
 * One filter per channel; not for raw accumulators. Weights: [64 channels][four taps][4][16][4], where lane i of vector
 * k is channel 16 · (i / 4) + 4 · k + i % 4; the parameters follow the same order.
 */
void fpgaedge_depthwise(const call *given)
{
    work w;
    int kind = prepare(&w, given);
    const call c = w.c;
    switch (kind * 2 + (c.quads == 3)) {
    case SHIFT * 2: depthwise(&c, w.estimate, SHIFT, c.quads); break;
    case SHIFT * 2 + 1: depthwise(&c, w.estimate, SHIFT, 3); break;
    case FIXED_POINT * 2: depthwise(&c, w.estimate, FIXED_POINT, c.quads); break;
    case FIXED_POINT * 2 + 1: depthwise(&c, w.estimate, FIXED_POINT, 3); break;
    case ESTIMATED * 2: depthwise(&c, w.estimate, ESTIMATED, c.quads); break;
    case ESTIMATED * 2 + 1: depthwise(&c, w.estimate, ESTIMATED, 3); break;
    default: depthwise(&c, w.estimate, REAL, c.quads); break;
    }
}
