/** A number as GLSL writes it. */
export const float = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value));

/** What a program draws into an average; `edges`: of pixels that are not marked nothing. */
export const OUT = (edges: boolean) => /* glsl */ `out vec4 colour;
uniform sampler2D uBehind;
uniform float uShare;            // in the average
${edges ? 'uniform sampler2D uEdges;\nbool marked() { return texelFetch(uEdges, ivec2(gl_FragCoord.xy), 0).r > 0.0; }' : ''}`;

/**
 * What every program along a ray has: the ray of a pixel, where it enters and leaves what is drawn, and its samples, which lie
 * at (n + shift) · uStep on one grid for all. Places are x, y, z; voxels count from the corner of the first one, lengths are µm.
 */
export const RAY = /* glsl */ `
uniform mat4 uFromClip;          // clip space to µm
uniform vec2 uPixel, uCorner;    // place in clip space = pixel * uPixel + uCorner
uniform vec3 uPerUm;             // voxels a µm
uniform vec3 uLow, uHigh;        // the box that is drawn, voxels
uniform vec4 uPlanes[6];         // µm: kept where dot(xyz, place) >= w
uniform int uPlaneCount;
uniform float uStep;             // µm between samples
uniform float uShift;            // of all samples, parts of a step; below 0: another one at each pixel
uniform uint uFrame;
uniform float uStop;             // opacity at which a ray ends
uniform sampler2D uDepth;        // of what is solid

vec3 from, along, toEye;         // voxels, voxels a µm
float begin, end, shift;
vec3 entryNormal = vec3(0.0);

vec3 linear(vec3 c) { return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c)); }
vec3 encoded(vec3 c) { return mix(c * 12.92, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c)); }

/** A fraction of a step, the same for a pixel and frame on every machine. */
float jitter(uvec2 pixel) {
  uint h = pixel.x * 0x9E3779B1u ^ (pixel.y + uFrame * 0x632BE5ABu) * 0x85EBCA77u;
  h ^= h >> 15; h *= 0x2C1B3C6Du; h ^= h >> 12; h *= 0x297A2D39u; h ^= h >> 15;
  return float(h >> 8) / 16777216.0;
}

/** Cuts the ray to where a half space is kept, from its value at the ray's start and its slope along it. */
void keep(float value, float slope, vec3 normal) {
  if (abs(slope) < 1e-12) { if (value < 0.0) end = -1.0; return; }
  float t = -value / slope;
  if (slope > 0.0) { if (t > begin) { begin = t; entryNormal = -normal; } } else end = min(end, t);
}

/** The ray of this pixel; returns whether anything of it is drawn. */
bool startRay() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  vec2 ndc = gl_FragCoord.xy * uPixel + uCorner;
  vec4 near = uFromClip * vec4(ndc, -1.0, 1.0);
  vec4 far = uFromClip * vec4(ndc, 1.0, 1.0);
  vec3 origin = near.xyz / near.w;
  vec3 path = far.xyz / far.w - origin;
  end = length(path);
  vec3 way = path / end;
  toEye = -way;
  from = origin * uPerUm + 0.5;
  along = way * uPerUm;
  along += vec3(equal(along, vec3(0.0))) * 1e-9;
  float depth = texelFetch(uDepth, pixel, 0).r;
  if (depth < 1.0) {
    vec4 solid = uFromClip * vec4(ndc, depth * 2.0 - 1.0, 1.0);
    end = min(end, dot(solid.xyz / solid.w - origin, way));
  }
  vec3 sideA = (uLow - from) / along, sideB = (uHigh - from) / along;
  vec3 nearer = min(sideA, sideB), farther = max(sideA, sideB);
  begin = max(max(nearer.x, nearer.y), nearer.z);
  if (begin > 0.0) entryNormal = -sign(along) * vec3(equal(nearer, vec3(begin)));
  begin = max(begin, 0.0);
  end = min(end, min(min(farther.x, farther.y), farther.z));
  for (int i = 0; i < uPlaneCount; i++)
    keep(dot(uPlanes[i].xyz, origin) - uPlanes[i].w, dot(uPlanes[i].xyz, way), uPlanes[i].xyz);
  shift = uShift < 0.0 ? jitter(uvec2(pixel)) : uShift;
  return begin < end;
}
float firstSample() { return ceil(begin / uStep - shift); }
float lastSample() { return floor(end / uStep - shift); }
`;

/**
 * Leaps over cells that can show nothing, by their distance to what can. Reckoned in cells, and in samples along the ray:
 * sample n lies at \`cellsAt + n · cellsAlong\`.
 */
export const LEAP = /* glsl */ `
uniform usampler3D uCells;       // cells to the nearest that can show something, and to the nearest that shows more than fog;
                                 // in those themselves: which eighths can show something, and 0
uniform float uCell;             // voxels a cell
uniform ivec3 uLastCell;
uniform int uReach;              // cells a sample can reach beyond its own; below 0: nothing is skipped
uniform int uFogCells;           // cells that are sampled once where there is only fog
vec3 cellsAt, cellsAlong, inverse, entered;
float until;                     // last sample of the cell
bool fog;                        // up to there is nothing but fog

void startLeaps() {
  cellsAt = (from + along * shift * uStep) / uCell;
  cellsAlong = along * uStep / uCell;
  inverse = 1.0 / cellsAlong;
  entered = vec3(lessThan(along, vec3(0.0)));
}
/** The next sample from n on at which something can be seen; up to \`until\` all lie in one cell, and so in one page, or in fog. */
float leaped(float n, float last) {
  while (n <= last) {
    vec3 place = cellsAt + n * cellsAlong;
    vec3 cell = floor(place);
    uvec2 known = texelFetch(uCells, clamp(ivec3(cell), ivec3(0), uLastCell), 0).rg;
    ivec2 far = uReach < 0 ? ivec2(0) : (known.g == 0u ? ivec2(0) : ivec2(known)) - uReach;
    bool empty = far.x > 0;
    fog = !empty && far.y > 0;
    vec3 low = cell;
    float edge = 1.0, beyond = float(max(empty ? far.x : min(far.y, uFogCells), 1));
    // Of the finest level it is known which eighths of a cell are empty.
    vec3 part = floor((place - cell) * 2.0);
    if (uReach == 0 && known.g == 0u && (known.r >> uint(dot(part, vec3(1.0, 2.0, 4.0))) & 1u) == 0u) {
      empty = true;
      low += 0.5 * part;
      edge = beyond = 0.5;
    }
    vec3 ways = (low - place + entered * edge) * inverse + beyond * abs(inverse);
    float next = max(n + 1.0, ceil(n + min(min(ways.x, ways.y), ways.z)));
    until = min(next - 1.0, last);
    if (!empty) break;
    n = next;
  }
  return n;
}
vec3 placeOf(float n) { return (cellsAt + n * cellsAlong) * uCell; }
`;

/** Two lights, one with the eye. */
export const LIGHT = /* glsl */ `
uniform vec3 uKey;               // direction to the light

/** How bright a surface with this gradient is, and how much it shines; in noise without a gradient, what is usual. */
vec2 lightOf(vec3 gradient) {
  float size = length(gradient);
  if (size <= 1e-6) return vec2(0.65, 0.0);
  vec3 normal = -gradient / size;
  float shine = max(dot(normal, normalize(uKey + toEye)), 0.0);
  shine *= shine;
  shine *= shine;
  shine *= shine;
  shine *= shine;
  return vec2(0.16 + 0.62 * max(dot(normal, uKey), 0.0) + 0.38 * max(dot(normal, toEye), 0.0), 0.07 * shine);
}
`;
