/*
 * AVX512-VNNI: four products of unsigned activations and signed weights per 32-bit lane and instruction.
 */
#include "kernels_common.h"

#include <immintrin.h>
#include <string.h>

#define LANES 16
#define CHUNK 64 /* channels, or bytes, of a whole vector of outputs */

/* What the inner loops are compiled for: EXACT decides at run time and may call a function. */
enum { FAST_SHIFT, FAST_ESTIMATE, FAST_NONE, EXACT };

int32_t fpgaedge_kernels_abi(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni") ? ABI_VERSION : 0;
}

INLINE __m256i real8(__m256i sums, const double *factor, __m512d low, __m512d high)
{
    /* Clamping to whole numbers before rounding gives what clamping after it gives. */
    __m512d product = _mm512_mul_pd(_mm512_cvtepi32_pd(sums), _mm512_loadu_pd(factor));
    return _mm512_cvtpd_epi32(_mm512_min_pd(_mm512_max_pd(product, low), high));
}

INLINE __m512i real16(const call *c, __m512i sums, long at)
{
    __m512d low = _mm512_set1_pd(c->minimum - c->zero_point), high = _mm512_set1_pd(c->maximum - c->zero_point);
    __m256i first = real8(_mm512_castsi512_si256(sums), c->factor + at, low, high);
    __m256i second = real8(_mm512_extracti64x4_epi64(sums, 1), c->factor + at + 8, low, high);
    __m512i value = _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
    return _mm512_add_epi32(value, _mm512_set1_epi32(c->zero_point));
}

INLINE __m512i fixed_point16(const call *c, __m512i sums, long at)
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

/* What makes outputs unsigned bytes; they are flipped back last. */
INLINE int bias_of(const call *c)
{
    return c->minimum < 0 ? 128 : 0;
}

/* Four vectors to clamped bytes, add being what they lack of bias_of; every 128-bit quarter holds four channels of each. */
INLINE __m512i pack(const call *c, int add, __m512i v0, __m512i v1, __m512i v2, __m512i v3)
{
    const int offset = bias_of(c);
    __m512i low = _mm512_adds_epi16(_mm512_packs_epi32(v0, v1), _mm512_set1_epi16((short)add));
    __m512i high = _mm512_adds_epi16(_mm512_packs_epi32(v2, v3), _mm512_set1_epi16((short)add));
    __m512i bytes = _mm512_packus_epi16(low, high);
    bytes = _mm512_max_epu8(bytes, _mm512_set1_epi8((char)(c->minimum + offset)));
    bytes = _mm512_min_epu8(bytes, _mm512_set1_epi8((char)(c->maximum + offset)));
    return _mm512_xor_si512(bytes, _mm512_set1_epi8((char)offset));
}

/* Four vectors of accumulators to bytes as the definition says; at: where each one's parameters are. */
static __attribute__((noinline)) __m512i exact(const call *c, __m512i a, __m512i b, __m512i d, __m512i e,
    long at0, long at1, long at2, long at3)
{
    __m512i v[4] = {a, b, d, e};
    const long at[4] = {at0, at1, at2, at3};
    for (int k = 0; k < 4; k++)
        v[k] = c->kind == REAL ? real16(c, v[k], at[k])
            : c->kind == FIXED_POINT ? fixed_point16(c, v[k], at[k])
            : _mm512_srav_epi32(v[k], _mm512_loadu_si512(c->right + at[k]));
    return pack(c, bias_of(c), v[0], v[1], v[2], v[3]);
}

/* Accumulators · factor in units of 2^-16, half of one output and four units more added. */
INLINE __m512i estimate16(const call *c, __m512i sums, long at)
{
    const __m512i half = _mm512_set1_epi32((c->zero_point + bias_of(c)) * 65536 + 32768 + 4);
    __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_loadu_ps(c->estimate + at));
    /* Too negative a product converts to the most negative number. */
    return _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_min_ps(product, _mm512_set1_ps(1 << 30))), half);
}

/*
 * The same, quickly where it can. A product in single precision is off by at most 2^-24 of itself three times over, and
 * by half a unit of 2^-16 from rounding: 3.5 units where clamping leaves it. Unless it lies within four units of a half it
 * rounds as the product in double precision does; where any lane lies so close, all are done in double precision.
 */
INLINE __m512i convert(const call *c, const call *given, const int MODE, __m512i s0, __m512i s1, __m512i s2, __m512i s3,
    long at0, long at1, long at2, long at3)
{
    if (MODE == FAST_SHIFT) {
        s0 = _mm512_srav_epi32(s0, _mm512_loadu_si512(c->right + at0));
        s1 = _mm512_srav_epi32(s1, _mm512_loadu_si512(c->right + at1));
        s2 = _mm512_srav_epi32(s2, _mm512_loadu_si512(c->right + at2));
        s3 = _mm512_srav_epi32(s3, _mm512_loadu_si512(c->right + at3));
        return pack(c, bias_of(c), s0, s1, s2, s3);
    }
    if (MODE == FAST_ESTIMATE) {
        const __m512i v0 = estimate16(c, s0, at0), v1 = estimate16(c, s1, at1);
        const __m512i v2 = estimate16(c, s2, at2), v3 = estimate16(c, s3, at3);
        const __m512i distant = _mm512_set1_epi32(0xFFF8);
        const __mmask16 close = _mm512_testn_epi32_mask(v0, distant) | _mm512_testn_epi32_mask(v1, distant)
            | _mm512_testn_epi32_mask(v2, distant) | _mm512_testn_epi32_mask(v3, distant);
        if (__builtin_expect(close == 0, 1))
            return pack(c, 0, _mm512_srai_epi32(v0, 16), _mm512_srai_epi32(v1, 16), _mm512_srai_epi32(v2, 16),
                _mm512_srai_epi32(v3, 16));
    }
    return exact(given, s0, s1, s2, s3, at0, at1, at2, at3);
}

INLINE void store_bytes(uint8_t *out, __m512i bytes, int count)
{
    if (count >= 64)
        _mm512_storeu_si512(out, bytes);
    else if (count == 32)
        _mm256_storeu_si256((__m256i *)out, _mm512_castsi512_si256(bytes));
    else if (count == 16)
        _mm_storeu_si128((__m128i *)out, _mm512_castsi512_si128(bytes));
    else if (count == 24) {
        _mm_storeu_si128((__m128i *)out, _mm512_castsi512_si128(bytes));
        _mm_storel_epi64((__m128i *)(out + 16), _mm512_extracti32x4_epi32(bytes, 1));
    } else
        _mm512_mask_storeu_epi8(out, (1ULL << count) - 1, bytes);
}

/* Accumulators of PIXELS positions × BLOCKS vectors to memory; as many as fill a vector of bytes are packed together. */
INLINE void store(const call *c, const call *given, const int MODE, const int BLOCKS, const int PIXELS,
    __m512i (*sums)[4], uint8_t *out, int channel)
{
    const int left = c->channels - channel < BLOCKS * LANES ? c->channels - channel : BLOCKS * LANES;
    if (MODE == FAST_NONE) {
#pragma GCC unroll 12
        for (int p = 0; p < PIXELS; p++)
#pragma GCC unroll 4
            for (int b = 0; b < BLOCKS; b++) {
                int lanes = left - b * LANES;
                __mmask16 mask = lanes >= LANES ? 0xFFFF : (__mmask16)((1u << lanes) - 1);
                _mm512_mask_storeu_epi32((int32_t *)out + (long)p * c->output_stride + b * LANES, mask, sums[p][b]);
            }
        return;
    }
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const int TOGETHER = BLOCKS == 1 ? 4 : BLOCKS == 2 ? 2 : 1;
#pragma GCC unroll 12
    for (int p = 0; p < PIXELS; p += TOGETHER) {
        /* What is missing in a vector is done twice and not stored. */
        const int q = p + 1 < PIXELS ? p + 1 : p, r = p + 2 < PIXELS ? p + 2 : p, t = p + 3 < PIXELS ? p + 3 : p;
        uint8_t *to = out + (long)p * c->output_stride;
        const long next = channel + LANES;
        __m512i bytes;
        if (BLOCKS == 4)
            bytes = convert(c, given, MODE, sums[p][0], sums[p][1], sums[p][2], sums[p][3],
                channel, next, channel + 2 * LANES, channel + 3 * LANES);
        else if (BLOCKS == 3)
            bytes = convert(c, given, MODE, sums[p][0], sums[p][1], sums[p][2], sums[p][0],
                channel, next, channel + 2 * LANES, channel);
        else if (BLOCKS == 2)
            bytes = convert(c, given, MODE, sums[p][0], sums[p][1], sums[q][0], sums[q][1],
                channel, next, channel, next);
        else
            bytes = convert(c, given, MODE, sums[p][0], sums[q][0], sums[r][0], sums[t][0],
                channel, channel, channel, channel);
        bytes = _mm512_permutexvar_epi32(order, bytes);
        if (TOGETHER > 1 && p + TOGETHER <= PIXELS && left == c->output_stride && left == BLOCKS * LANES) {
            _mm512_storeu_si512(to, bytes);
            continue;
        }
        store_bytes(to, bytes, left);
        if (TOGETHER == 2 && p + 1 < PIXELS)
            store_bytes(to + c->output_stride, _mm512_shuffle_i64x2(bytes, bytes, 0x4E), left);
        if (TOGETHER == 4 && p + 1 < PIXELS)
            store_bytes(to + c->output_stride, _mm512_shuffle_i64x2(bytes, bytes, 0x39), left);
        if (TOGETHER == 4 && p + 2 < PIXELS)
            store_bytes(to + 2L * c->output_stride, _mm512_shuffle_i64x2(bytes, bytes, 0x4E), left);
        if (TOGETHER == 4 && p + 3 < PIXELS)
            store_bytes(to + 3L * c->output_stride, _mm512_shuffle_i64x2(bytes, bytes, 0x93), left);
    }
}

INLINE __m512i four_inputs(const uint8_t *from)
{
    int32_t four;
    memcpy(&four, from, 4);
    return _mm512_set1_epi32(four);
}

/* PIXELS positions × BLOCKS · 16 channels. EVEN: the positions' inputs follow each other at pixel_step. */
INLINE void tile(const call *c, const call *given, const int MODE, const int BLOCKS, const int PIXELS, const int EVEN,
    cursor at, const int8_t *w, int channel)
{
    const long stride = (long)c->groups * 4 * LANES;
    const long step = c->pixel_step;
    const uint8_t *pixel[12];
    uint8_t *out = c->output + ((long)at.position * c->output_stride + channel) * (MODE == FAST_NONE ? 4 : 1);
    if (EVEN) {
#pragma GCC unroll 4
        for (int p = 0; p < PIXELS; p += 3)
            pixel[p] = c->input + ((long)at.position + p) * step;
    } else {
        for (int p = 0; p < PIXELS; p++) {
            pixel[p] = c->input + (long)at.y * c->row_step + (long)at.x * step;
            if (++at.x == c->width) {
                at.x = 0;
                at.y++;
            }
        }
    }
    __m512i sum[12][4];
#pragma GCC unroll 12
    for (int p = 0; p < PIXELS; p++)
#pragma GCC unroll 4
        for (int b = 0; b < BLOCKS; b++)
            sum[p][b] = _mm512_loadu_si512(c->bias + channel + b * LANES);
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
                __m512i activation = EVEN ? four_inputs(pixel[p / 3 * 3] + offset + p % 3 * step)
                    : four_inputs(pixel[p] + offset);
#pragma GCC unroll 4
                for (int b = 0; b < BLOCKS; b++)
                    sum[p][b] = _mm512_dpbusd_epi32(sum[p][b], activation, weight[b]);
            }
        }
    }
    /* Nothing that follows may put its spills into the loop above. */
#pragma GCC unroll 12
    for (int p = 0; p < PIXELS; p++)
#pragma GCC unroll 4
        for (int b = 0; b < BLOCKS; b++)
            __asm__("" : "+v"(sum[p][b]));
    store(c, given, MODE, BLOCKS, PIXELS, sum, out, channel);
}

/* BLOCKS · 16 channels from channel on, for the positions from at to end: whole tiles, then HALF ones, then single ones. */
INLINE void blocks(const call *c, const call *given, const int MODE, const int BLOCKS, const int PIXELS, const int HALF,
    const int EVEN, cursor at, int end, int channel)
{
    const int8_t *w = c->weights + channel / LANES * (long)c->groups * 4 * LANES;
    for (; end - at.position >= PIXELS; advance(c, EVEN, &at, PIXELS))
        tile(c, given, MODE, BLOCKS, PIXELS, EVEN, at, w, channel);
    for (; end - at.position >= HALF; advance(c, EVEN, &at, HALF))
        tile(c, given, MODE, BLOCKS, HALF, EVEN, at, w, channel);
    for (; end > at.position; advance(c, EVEN, &at, 1))
        tile(c, given, MODE, BLOCKS, 1, EVEN, at, w, channel);
}

/*
 * Positions whose inputs and outputs stay in a near cache while all channels pass over them: few where the weights are
 * small and come back quickly, all where the weights are what takes memory.
 */
INLINE int panel_of(const call *c)
{
    const long weights = (long)c->channels * c->groups * 4;
    const long budget = weights <= 32 << 10 ? 24 << 10 : 192 << 10;
    const long panel = budget / (c->pixel_step + c->channels) / 24 * 24;
    return weights > 512 << 10 ? c->height * c->width : panel < 24 ? 24 : (int)panel;
}

INLINE void convolution(const call *c, const call *given, const int MODE, const int EVEN)
{
    const int positions = c->height * c->width, panel = panel_of(c);
    cursor at = {0, 0, 0};
    for (; at.position < positions; advance(c, EVEN, &at, panel)) {
        const int end = positions - at.position < panel ? positions : at.position + panel;
        int channel = 0;
        for (; c->channels - channel > 3 * LANES; channel += 4 * LANES)
            blocks(c, given, MODE, 4, 6, 3, EVEN, at, end, channel);
        const int left = (c->channels - channel + LANES - 1) / LANES;
        if (left == 3)
            blocks(c, given, MODE, 3, 8, 4, EVEN, at, end, channel);
        else if (left == 2)
            blocks(c, given, MODE, 2, 12, 4, EVEN, at, end, channel);
        else if (left == 1)
            blocks(c, given, MODE, 1, 12, 4, EVEN, at, end, channel);
    }
}

INLINE int mode_of(const call *c)
{
    return c->kind == SHIFT ? FAST_SHIFT : c->kind == NONE ? FAST_NONE : c->kind == REAL && c->estimate ? FAST_ESTIMATE
        : EXACT;
}

void fpgaedge_convolution(const call *given)
{
    const call c = *given; /* the compiler then knows that storing outputs does not change it */
    const int even = c.row_step == c.width * c.pixel_step || c.height == 1;
    switch (mode_of(&c) * 2 + even) {
    case FAST_SHIFT * 2: convolution(&c, given, FAST_SHIFT, 0); break;
    case FAST_SHIFT * 2 + 1: convolution(&c, given, FAST_SHIFT, 1); break;
    case FAST_ESTIMATE * 2: convolution(&c, given, FAST_ESTIMATE, 0); break;
    case FAST_ESTIMATE * 2 + 1: convolution(&c, given, FAST_ESTIMATE, 1); break;
    case FAST_NONE * 2: case FAST_NONE * 2 + 1: convolution(&c, given, FAST_NONE, 0); break;
    default: convolution(&c, given, EXACT, 0); break;
    }
}

INLINE __m512i activations(const uint8_t *from, __mmask64 mask, const int FULL, const int FLIP, __m512i flip)
{
    __m512i bytes = FULL ? _mm512_loadu_si512(from) : _mm512_maskz_loadu_epi8(mask, from);
    return FLIP ? _mm512_xor_si512(bytes, flip) : bytes;
}

/*
 * Up to 64 neighbouring bytes: channels of one pixel, or of several that follow each other. The last chunk of a tensor must
 * not read past its end. NINE: nine taps, so the third group has one; what the other lanes hold meets weights of 0.
 */
INLINE void chunk(const call *c, const call *given, const int MODE, const int NINE, const int FULL, const int FLIP,
    const uint8_t *const *taps, long from, int block, int left, uint8_t *out)
{
    const __mmask64 mask = FULL ? ~0ULL : (1ULL << left) - 1;
    const long channel = (long)block * CHUNK;
    const __m512i flip = _mm512_set1_epi8((char)c->flip);
    const int8_t *w = c->weights + channel * 4 * c->groups;
    __m512i sum[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++)
        sum[k] = _mm512_loadu_si512(c->bias + channel + k * LANES);
    const int GROUPS = NINE ? 3 : c->groups;
#pragma GCC unroll 3
    for (int q = 0; q < GROUPS; q++, w += 256) {
        __m512i low01, high01, low23, high23;
        __m512i x0 = activations(taps[4 * q] + from, mask, FULL, FLIP, flip);
        if (NINE && q == 2) {
            low01 = low23 = _mm512_unpacklo_epi8(x0, x0);
            high01 = high23 = _mm512_unpackhi_epi8(x0, x0);
        } else {
            __m512i x1 = activations(taps[4 * q + 1] + from, mask, FULL, FLIP, flip);
            __m512i x2 = activations(taps[4 * q + 2] + from, mask, FULL, FLIP, flip);
            __m512i x3 = activations(taps[4 * q + 3] + from, mask, FULL, FLIP, flip);
            low01 = _mm512_unpacklo_epi8(x0, x1);
            high01 = _mm512_unpackhi_epi8(x0, x1);
            low23 = _mm512_unpacklo_epi8(x2, x3);
            high23 = _mm512_unpackhi_epi8(x2, x3);
        }
        sum[0] = _mm512_dpbusd_epi32(sum[0], _mm512_unpacklo_epi16(low01, low23), _mm512_loadu_si512(w));
        sum[1] = _mm512_dpbusd_epi32(sum[1], _mm512_unpackhi_epi16(low01, low23), _mm512_loadu_si512(w + 64));
        sum[2] = _mm512_dpbusd_epi32(sum[2], _mm512_unpacklo_epi16(high01, high23), _mm512_loadu_si512(w + 128));
        sum[3] = _mm512_dpbusd_epi32(sum[3], _mm512_unpackhi_epi16(high01, high23), _mm512_loadu_si512(w + 192));
    }
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++)
        __asm__("" : "+v"(sum[k]));
    __m512i bytes = convert(c, given, MODE, sum[0], sum[1], sum[2], sum[3],
        channel, channel + LANES, channel + 2 * LANES, channel + 3 * LANES);
    /* Packing works within quarters, as unpacking did: channels come out in order. */
    store_bytes(out, bytes, FULL ? CHUNK : left);
}

/* The bytes of one or more pixels that follow each other; from: where in all taps they begin. */
INLINE void stream(const call *c, const call *given, const int MODE, const int NINE, const int FLIP,
    const uint8_t *const *taps, long from, long length, uint8_t *out)
{
    int block = 0;
    for (; length >= CHUNK; length -= CHUNK, from += CHUNK, out += CHUNK) {
        chunk(c, given, MODE, NINE, 1, FLIP, taps, from, block, CHUNK, out);
        block = block + 1 == c->period ? 0 : block + 1;
    }
    if (length > 0)
        chunk(c, given, MODE, NINE, 0, FLIP, taps, from, block, (int)length, out);
}

INLINE void depthwise(const call *c, const call *given, const int MODE, const int NINE, const int FLIP)
{
    const uint8_t *taps[MAXIMUM_TAPS];
    const long pixel = c->output_stride;
    int first, end;
    inside(c, &first, &end);
    /* Blocks of channels that continue in the next pixel: only then may pixels be taken together. */
    const int together = c->stride_width == 1 && (long)c->period * CHUNK % pixel == 0;
    for (int y = 0; y < c->height; y++) {
        uint8_t *out = c->output + (long)y * c->width * pixel;
        for (int x = 0; x < c->width;) {
            const int pixels = x >= first && x < end ? end - x : 1;
            place(c, y, x, taps);
            if (together)
                stream(c, given, MODE, NINE, FLIP, taps, 0, pixels * pixel, out + x * pixel);
            else
                for (int i = 0; i < pixels; i++)
                    stream(c, given, MODE, NINE, FLIP, taps, i * c->stride_width * pixel, pixel, out + (x + i) * pixel);
            x += pixels;
        }
    }
}

/*
 * Weights: [64 channels][four taps][4][16][4], where lane i of vector k is channel 16 · (i / 4) + 4 · k + i % 4; the
 * parameters follow the same order.
 */
void fpgaedge_depthwise(const call *given)
{
    const call c = *given;
    const int nine = c.offset_count == 12 && !memcmp(c.offsets + 2 * 8, c.offsets + 2 * 11, 2 * sizeof *c.offsets);
    const int mode = mode_of(&c);
    if (nine && !c.flip && mode == FAST_ESTIMATE)
        depthwise(&c, given, FAST_ESTIMATE, 1, 0);
    else if (nine && mode == FAST_ESTIMATE)
        depthwise(&c, given, FAST_ESTIMATE, 1, 1);
    else if (nine && c.flip && mode == FAST_SHIFT)
        depthwise(&c, given, FAST_SHIFT, 1, 1);
    else if (nine)
        depthwise(&c, given, EXACT, 1, 1);
    else
        depthwise(&c, given, EXACT, 0, 1);
}
