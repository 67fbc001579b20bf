namespace SsMfar.RenderedFaces.Sampling;

/// <summary>Which of a row's labels are missing.</summary>
internal readonly record struct MissingPattern(bool ValenceArousal, bool ActionUnits, bool Expression);

/// <summary>
/// Labels go missing in runs of consecutive pictures, as when an annotator skips a stretch of video. Each task misses an arc of the unit
/// circle as long as its rate; a run lies at a point of the circle. Neighbouring arcs overlap by half of the shorter, and the task in the
/// middle changes from run to run, so that any two tasks are sometimes missing together; at s-Aff-Wild2's rates never all three.
/// </summary>
internal static class MissingLabels
{
    private const double GoldenRatioConjugate = 0.6180339887498949;

    public static MissingPattern Of(RenderedFaceOptions options, FaceSplit split, int index)
    {
        int run = index / options.MissingRunLength;
        int middle = run % 3;

        // Each arrangement's runs are spread evenly over the circle, so that small sets have the rates too.
        double start = new FaceRandom(options.Seed, RandomStream.Missing, split, middle).Uniform();
        double position = (start + (run / 3 * GoldenRatioConjugate)) % 1;
        double[] rates = [options.MissingValenceArousal, options.MissingActionUnits, options.MissingExpression];
        int before = (middle + 1) % 3, after = (middle + 2) % 3;
        Span<bool> missing = stackalloc bool[3];
        double from = 0;
        missing[before] = InArc(position, from, rates[before]);
        from += rates[before] - (Math.Min(rates[before], rates[middle]) / 2);
        missing[middle] = InArc(position, from, rates[middle]);
        from += rates[middle] - (Math.Min(rates[middle], rates[after]) / 2);
        missing[after] = InArc(position, from, rates[after]);
        return new(missing[0], missing[1], missing[2]);
    }

    private static bool InArc(double position, double from, double length)
    {
        double offset = (position - from) % 1;
        return (offset < 0 ? offset + 1 : offset) < length;
    }
}
