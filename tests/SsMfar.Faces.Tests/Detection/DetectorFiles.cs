namespace SsMfar.Tests.Faces;

/// <summary>Detectors of the families whose files are not here, with outputs that the goldens were computed from.</summary>
internal static class DetectorFiles
{
    /// <summary>Numbers by the generator that Golden/write.py has too.</summary>
    public sealed class Numbers(uint seed)
    {
        private uint _state = seed;

        public float[] Take(int count, double low, double high)
        {
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++)
            {
                _state = unchecked((_state * 1664525) + 1013904223);
                numbers[i] = (float)(low + ((high - low) * (_state / 4294967296.0)));
            }

            return numbers;
        }
    }

    /// <summary>A YuNet of an input size.</summary>
    public static byte[] YuNet(int width, int height, uint seed)
    {
        Numbers numbers = new(seed);
        var outputs = new List<(string, long[], float[])>();
        foreach (int stride in (int[])[8, 16, 32])
        {
            int count = width / stride * (height / stride);
            outputs.Add(($"cls_{stride}", [1, count, 1], numbers.Take(count, -0.1, 1.1)));
            outputs.Add(($"obj_{stride}", [1, count, 1], numbers.Take(count, -0.1, 1.1)));
            outputs.Add(($"bbox_{stride}", [1, count, 4], numbers.Take(4 * count, -1, 1)));
            outputs.Add(($"kps_{stride}", [1, count, 10], numbers.Take(10 * count, -2, 2)));
        }

        return OnnxFile.Of([1, 3, height, width], outputs);
    }

    /// <summary>An SCRFD of an input size.</summary>
    public static byte[] Scrfd(int width, int height, uint seed, int[] strides, int anchors, bool hasPoints = true)
    {
        Numbers numbers = new(seed);
        var scores = new List<(string, long[], float[])>();
        var boxes = new List<(string, long[], float[])>();
        var points = new List<(string, long[], float[])>();
        foreach (int stride in strides)
        {
            int count = width / stride * (height / stride) * anchors;
            scores.Add(($"4{stride}", [count, 1], numbers.Take(count, 0, 1)));
            boxes.Add(($"5{stride}", [count, 4], numbers.Take(4 * count, 0.2, 3)));
            points.Add(($"6{stride}", [count, 10], numbers.Take(10 * count, -2, 2)));
        }

        return OnnxFile.Of([1, 3, height, width], scores.Concat(boxes).Concat(hasPoints ? points : []));
    }

    /// <summary>A BlazeFace of 128 pixels without a face, or with one anchor that says one.</summary>
    public static byte[] BlazeFace(float logit = -20, int anchor = 100)
    {
        float[] scores = new float[512];
        Array.Fill(scores, -20);
        scores[anchor] = logit;
        float[] boxes = new float[512 * 16];
        (boxes[(anchor * 16) + 2], boxes[(anchor * 16) + 3]) = (46, 46);
        float[] none = new float[384];
        Array.Fill(none, -20);
        return OnnxFile.Of(
            [1, 128, 128, 3], ("b", [1, 384, 1], none), ("a", [1, 512, 1], scores), ("d", [1, 384, 16], new float[384 * 16]),
            ("c", [1, 512, 16], boxes));
    }
}
