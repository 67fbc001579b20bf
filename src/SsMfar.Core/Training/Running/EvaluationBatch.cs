namespace SsMfar.Training;

/// <summary>How many images go through a network at once where nothing is learned from them.</summary>
internal static class EvaluationBatch
{
    // In single precision, whatever the steps are in; of larger images as many as have their pixels, so that a device that trains on few
    // of them at once judges on no more than it holds.
    private const int Most = 64;
    private const int Side = 224;

    /// <summary>The number of a set's images, or of its features where it has those alone.</summary>
    public static int Of(TrainingData data) => data.Features is null ? Of(data.Height, data.Width) : Most;

    /// <summary>The number of images; the same in every pass over images of a size, so that their last digits are too.</summary>
    /// <param name="height">Their height in pixels.</param>
    /// <param name="width">Their width in pixels.</param>
    public static int Of(int height, int width) => (int)Math.Clamp((long)Most * Side * Side / ((long)height * width), 1, Most);
}
