"""Random images in every variant that Pillow writes, BMP kinds that it only reads, and orientations in every place where it looks for them; and the
SHA-256 of the pixels that it makes of each: ImageOps.exif_transpose(image).convert("RGB").

  write.py [SEED]          writes images.zip and expected.json beside this file; the committed ones have seed 0 and were made by Pillow 9.4
  write.py FOLDER SEED     writes the images of another seed into a folder, with expected.json
  write.py FOLDER          prints, as JSON, what this Pillow makes of the images of a folder

Needs Pillow (Debian: python3-pil) alone.
"""
import hashlib
import io
import json
import os
import random
import struct
import sys
import warnings
import zipfile
import zlib

from PIL import Image, ImageOps

PER_FORMAT = 50


def picture(rng, mode):
    """A smooth image with noise on it and a few hard edges."""
    width, height = rng.randint(1, 56), rng.randint(1, 56)
    bands = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    small = Image.frombytes(mode, (4, 4), bytes(rng.randrange(256) for _ in range(16 * bands)))
    image = small.resize((width, height), Image.BICUBIC)
    noise = Image.frombytes(mode, (width, height), bytes(rng.randrange(256) for _ in range(width * height * bands)))
    image = Image.blend(image, noise, rng.choice([0.0, 0.05, 0.3])) if mode not in ("LA",) else image
    box = (width // 3, height // 4, width // 3 + width // 4 + 1, height // 4 + height // 3 + 1)
    image.paste(tuple(rng.randrange(256) for _ in range(bands)) if bands > 1 else rng.randrange(256), box)
    return image


def encode(image, **options):
    data = io.BytesIO()
    image.save(data, **options)
    return data.getvalue()


def jpeg(rng):
    image = picture(rng, rng.choice(["RGB", "RGB", "RGB", "L", "CMYK"]))
    options = {"quality": rng.randint(5, 100), "progressive": rng.random() < 0.4, "optimize": rng.random() < 0.5}
    if image.mode == "RGB":
        options["subsampling"] = rng.choice(["4:4:4", "4:2:2", "4:2:0"])
    return encode(image, format="JPEG", **options)


def png(rng):
    kind = rng.choice(["1", "L", "LA", "P", "P transparent", "RGB", "RGB key", "RGBA"])
    if kind == "1":
        return encode(picture(rng, "L").convert("1"), format="PNG")
    if kind.startswith("P"):
        image = picture(rng, "RGB").quantize(rng.choice([2, 4, 16, 200]))
        return encode(image, format="PNG", **({"transparency": rng.randrange(2)} if kind != "P" else {}))
    if kind == "RGB key":
        image = picture(rng, "RGB")
        return encode(image, format="PNG", transparency=image.getpixel((0, 0)))
    return encode(picture(rng, kind), format="PNG", compress_level=rng.randint(0, 9))


def webp(rng):
    image = picture(rng, rng.choice(["RGB", "RGBA"]))
    if rng.random() < 0.5:
        return encode(image, format="WEBP", lossless=True, exact=True, quality=rng.randint(0, 100))
    return encode(image, format="WEBP", quality=rng.randint(1, 100), method=rng.randint(0, 6), exact=True)


def bmp(width, height, bits, rows, palette=b"", compression=0, masks=b"", top_down=False, core=False):
    if core:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack(
            "<IiiHHIIiiII", 40, width, -height if top_down else height, 1, bits, compression, len(rows), 2835, 2835, len(palette) // 4, 0)
    offset = 14 + len(header) + len(masks) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset) + header + masks + palette + rows


def padded(rows):
    return b"".join(row + bytes(-len(row) % 4) for row in rows)


def bmp_kinds(rng):
    """What cameras, scanners and old programs write; Pillow itself writes four of them."""
    def noise(count):
        return bytes(rng.randrange(256) for _ in range(count))

    def colours(count):
        return b"".join(noise(3) + b"\0" for _ in range(count))

    width, height = 13, 9
    yield "1bit", bmp(width, height, 1, padded(noise(2) for _ in range(height)), colours(2))
    yield "4bit", bmp(width, height, 4, padded(noise(7) for _ in range(height)), colours(16))
    yield "8bit", bmp(width, height, 8, padded(noise(width) for _ in range(height)), colours(256))
    runs = b"".join(bytes([5, rng.randrange(256), 8, rng.randrange(256), 0, 0]) for _ in range(height)) + b"\0\1"
    yield "8bit-rle", bmp(width, height, 8, runs, colours(256), compression=1)
    runs = b"".join(bytes([5, rng.randrange(256), 8, rng.randrange(256), 0, 0]) for _ in range(height)) + b"\0\1"
    yield "4bit-rle", bmp(width, height, 4, runs, colours(16), compression=2)
    yield "24bit", bmp(width, height, 24, padded(noise(3 * width) for _ in range(height)))
    yield "24bit-top-down", bmp(width, height, 24, padded(noise(3 * width) for _ in range(height)), top_down=True)
    yield "24bit-os2", bmp(width, height, 24, padded(noise(3 * width) for _ in range(height)), core=True)
    yield "32bit", bmp(width, height, 32, noise(4 * width * height))


def tiff(entries, little, directory=8):
    """An EXIF structure of (tag, type, count, four bytes)."""
    order = "<" if little else ">"
    body = struct.pack(order + "H", len(entries)) + b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in entries)
    return (b"II*\0" if little else b"MM\0*") + struct.pack(order + "I", directory) + bytes(directory - 8) + body + bytes(4)


def orientation(value, kind, little, directory=8):
    order = "<" if little else ">"
    number = {"short": (3, "H", 1), "long": (4, "I", 1), "sshort": (8, "h", 1), "slong": (9, "i", 1), "sbyte": (6, "b", 1), "byte": (1, "B", 1),
              "ascii": (2, "B", 1), "two": (3, "HH", 2)}[kind]
    data = struct.pack(order + number[1], *[value] * number[2])
    others = [(0x010F, 2, 2, b"A\0\0\0"), (0x0112, number[0], number[2], data + bytes(4 - len(data)))]
    return tiff(others, little, directory)


def with_segments(data, *segments):
    return data[:2] + b"".join(b"\xff\xe1" + struct.pack(">H", len(s) + 2) + s for s in segments) + data[2:]


def with_chunks(data, *chunks, at_end=False):
    """A PNG with chunks behind its header, or behind its pixels."""
    place = len(data) - 12 if at_end else 33
    made = b"".join(struct.pack(">I", len(c)) + t + c + struct.pack(">I", zlib.crc32(t + c)) for t, c in chunks)
    return data[:place] + made + data[place:]


def raw_profile(exif):
    text = "\nexif\n%8d\n" % len(exif)
    digits = exif.hex()
    return text + "\n".join(digits[i:i + 72] for i in range(0, len(digits), 72)) + "\n"


def xmp(value, attribute):
    inner = f'tiff:Orientation="{value}"/>' if attribute else f"><tiff:Orientation>{value}</tiff:Orientation></rdf:Description>"
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description {inner}</rdf:RDF></x:xmpmeta>'.encode()


def orientations(rng):
    base = picture(rng, "RGB").resize((24, 15))
    j, p = encode(base, format="JPEG", quality=95), encode(base, format="PNG")
    for value in range(10):
        yield f"jpeg-{value}.jpg", with_segments(j, b"Exif\0\0" + orientation(value, "short", value % 2 == 0))
        yield f"png-{value}.png", with_chunks(p, (b"eXIf", orientation(value, "short", value % 2 == 1)))
        yield f"webp-{value}.webp", encode(base, format="WEBP", quality=90, exif=b"Exif\0\0" + orientation(value, "short", value % 3 == 0))
    for kind in ("long", "sshort", "slong", "sbyte", "byte", "ascii", "two"):
        for little in (False, True):
            yield f"jpeg-{kind}-{little}.jpg", with_segments(j, b"Exif\0\0" + orientation(6, kind, little))
    six, three, eight = (orientation(value, "short", True) for value in (6, 3, 8))
    yield "jpeg-first-of-two.jpg", with_segments(j, b"Exif\0\0" + six, b"Exif\0\0" + three)
    yield "jpeg-behind-xmp.jpg", with_segments(j, b"http://ns.adobe.com/xap/1.0/\0" + xmp(3, True), b"Exif\0\0" + six)
    yield "jpeg-directory-far-away.jpg", with_segments(j, b"Exif\0\0" + orientation(6, "short", False, 300))
    yield "png-behind-pixels.png", with_chunks(p, (b"eXIf", six), at_end=True)
    yield "png-raw-profile.png", with_chunks(p, (b"tEXt", b"Raw profile type exif\0" + raw_profile(b"Exif\0\0" + eight).encode()))
    yield "png-raw-profile-packed.png", with_chunks(
        p, (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw_profile(b"Exif\0\0" + eight).encode())))
    yield "png-chunk-before-profile.png", with_chunks(
        p, (b"tEXt", b"Raw profile type exif\0" + raw_profile(b"Exif\0\0" + eight).encode()), (b"eXIf", three))
    for attribute in (False, True):
        yield f"png-xmp-{attribute}.png", with_chunks(p, (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(8, attribute)))
    yield "png-xmp-packed.png", with_chunks(p, (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp(8, True))))
    yield "png-chunk-and-xmp.png", with_chunks(p, (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(8, True)), (b"eXIf", three))


def gif_code(width, height, indices):
    """LZW codes of nine bits that never grow, because the table is cleared in time."""
    bits, count, packed = 0, 0, bytearray()

    def put(code):
        nonlocal bits, count
        bits |= code << count
        count += 9
        while count >= 8:
            packed.append(bits & 255)
            bits >>= 8
            count -= 8

    for i, index in enumerate(indices):
        if i % 200 == 0:
            put(256)
        put(index)
    put(257)
    packed.append(bits & 255)
    blocks = b"".join(bytes([len(packed[i:i + 255])]) + packed[i:i + 255] for i in range(0, len(packed), 255))
    return b"\x08" + blocks + b"\0"


def gif(rng, transparent, frame, local):
    """A canvas of 20 x 14 with a frame on it, which may leave it open."""
    def palette():
        return bytes(rng.randrange(256) for _ in range(768))

    left, top, width, height = frame
    indices = [rng.choice([5, 9, 48, 200]) for _ in range(width * height)]
    control = b"" if transparent is None else b"\x21\xf9\x04" + bytes([1, 0, 0, transparent]) + b"\0"
    comment = b"\x21\xfe\x05hello\0"
    return (b"GIF89a" + struct.pack("<HHBBB", 20, 14, 0xF7, 3, 0) + palette() + comment + control + b"\x2c"
            + struct.pack("<HHHHB", left, top, width, height, 0x87 if local else 0) + (palette() if local else b"")
            + gif_code(width, height, indices) + b";")


def images(seed):
    rng = random.Random(seed)
    for ending, make in (("jpg", jpeg), ("png", png), ("webp", webp)):
        for i in range(PER_FORMAT):
            yield f"{ending}-random-{i:02d}.{ending}", make(rng)
    for kind, data in bmp_kinds(rng):
        yield f"bmp-{kind}.bmp", data
    for transparent in (None, 48, 5):
        for local in (False, True):
            yield f"gif-{transparent}-{local}.gif", gif(rng, transparent, (0, 0, 20, 14), local)
            yield f"gif-{transparent}-{local}-part.gif", gif(rng, transparent, (3, 2, 11, 9), local)
    for name, data in orientations(rng):
        yield "orientation-" + name, data


def pixels(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    return f"{image.width}x{image.height} {hashlib.sha256(image.tobytes()).hexdigest()[:32]}"


def save(path, expected):
    with open(path, "w", encoding="ascii") as file:
        json.dump(expected, file, indent=1, sort_keys=True)
        file.write("\n")


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    if len(arguments) == 1 and os.path.isdir(arguments[0]):
        names = sorted(name for name in os.listdir(arguments[0]) if not name.endswith(".json"))
        print(json.dumps({name: pixels(open(os.path.join(arguments[0], name), "rb").read()) for name in names}))
        return
    if len(arguments) == 2:
        made = dict(images(int(arguments[1])))
        for name, data in made.items():
            with open(os.path.join(arguments[0], name), "wb") as file:
                file.write(data)
        save(os.path.join(arguments[0], "expected.json"), {name: pixels(data) for name, data in made.items()})
        return
    made = dict(images(int(arguments[0]) if arguments else 0))
    with zipfile.ZipFile(os.path.join(here, "images.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in made.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    save(os.path.join(here, "expected.json"), {name: pixels(data) for name, data in made.items()})


if __name__ == "__main__":
    main(sys.argv[1:])
