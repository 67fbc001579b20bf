"""Writes intensities.json: scores and losses of intensities by their definitions, in plain Python (3.8 or later, no package).

ICC(3,1) is that of Shrout and Fleiss (1979), from the two-way analysis of variance of n targets by 2 raters:
(BMS - EMS) / (BMS + EMS). The loss is CORAL's (Cao, Mirjalili and Raschka, 2020), with targets between grades as OrdinalLoss has them.
Run it in this folder.
"""
import json
import math
import random

random.seed(20260)
STEPS = 5


def icc_3_1(rows):
    n, k = len(rows), 2
    grand = math.fsum(map(math.fsum, rows)) / (n * k)
    targets = [math.fsum(row) / k for row in rows]
    raters = [math.fsum(row[j] for row in rows) / n for j in range(k)]
    between = math.fsum((mean - grand) ** 2 for mean in targets) * k / (n - 1)
    residual = math.fsum(
        (row[j] - targets[i] - raters[j] + grand) ** 2 for i, row in enumerate(rows) for j in range(k)) / ((n - 1) * (k - 1))
    return (between - residual) / (between + (k - 1) * residual)


def pcc(rows):
    n = len(rows)
    means = [math.fsum(row[j] for row in rows) / n for j in range(2)]
    products = math.fsum((a - means[0]) * (b - means[1]) for a, b in rows)
    squares = [math.fsum((row[j] - means[j]) ** 2 for row in rows) for j in range(2)]
    return products / math.sqrt(squares[0] * squares[1])


def mae(rows):
    return math.fsum(abs(a - b) for a, b in rows) / len(rows)


def score_case(rows, units, whole, offset):
    truth, predicted = [], []
    for _ in range(rows):
        labels = [random.choice([0, 0, 0, 1, 2, 3, 4, 5]) if whole else round(random.uniform(0, 5), 2) for _ in range(units)]
        predicted.append([offset + min(5, max(0, label + random.gauss(0, 1))) for label in labels])
        truth.append([None if random.random() < 0.3 else label for label in labels])
    columns = [[(truth[i][u], min(5, max(0, predicted[i][u]))) for i in range(rows) if truth[i][u] is not None] for u in range(units)]
    expected = {"icc": [icc_3_1(c) for c in columns], "pcc": [pcc(c) for c in columns], "mae": [mae(c) for c in columns]}
    expected.update({f"mean_{name}": math.fsum(values) / units for name, values in list(expected.items())})
    return {"truth": truth, "predicted": predicted, "expected": expected}


def log_sigmoid(x):
    return -math.log1p(math.exp(-x)) if x >= 0 else x - math.log1p(math.exp(x))


def loss_case(rows, labels, weighted):
    logits = [[random.gauss(0, 2) for _ in range(labels * STEPS)] for _ in range(rows)]
    values = [[random.choice([0, 1, 2, 3, 4, 5, 2.5, 0.25]) for _ in range(labels)] for _ in range(rows)]
    mask = [[random.choice([0, 1, 1]) for _ in range(labels)] for _ in range(rows)]
    weights = [random.choice([0, 0.5, 1, 2]) for _ in range(rows)] if weighted else None
    terms, count = [], 0
    for i in range(rows):
        for u in range(labels):
            count += mask[i][u]
            for k in range(STEPS):
                target = min(max(values[i][u] - k, 0), 1)
                x = logits[i][u * STEPS + k]
                loss = -(target * log_sigmoid(x) + (1 - target) * log_sigmoid(-x))
                terms.append(loss * mask[i][u] * (weights[i] if weighted else 1) / STEPS)
    return {"logits": logits, "values": values, "mask": mask, "weights": weights, "expected": math.fsum(terms) / count}


with open("intensities.json", "w", encoding="utf-8", newline="\n") as file:
    json.dump(
        {
            "scores": [score_case(40, 3, True, 0), score_case(200, 12, False, 0), score_case(60, 2, True, -0.7)],
            "losses": [loss_case(6, 3, False), loss_case(9, 12, True)],
        },
        file, indent=None, separators=(", ", ": "))
    file.write("\n")
