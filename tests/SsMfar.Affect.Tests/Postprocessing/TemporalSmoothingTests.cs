using CsCheck;
using SsMfar.Postprocessing;
using SsMfar.Predictions;

namespace SsMfar.Tests.Postprocessing;

public sealed class TemporalSmoothingTests
{
    // Names of two tracks of a video, another video, and photographs, in any order and with gaps.
    private static readonly Gen<string[]> Images = Gen.OneOf(
            Gen.Int[0, 40].Select(i => $"video1_left/{i:D5}.jpg"),
            Gen.Int[0, 40].Select(i => $"video1_right/{i:D5}.jpg"),
            Gen.Int[0, 400].Select(i => $"video2/{i}.png"),
            Gen.Int[0, 9].Select(i => $"photo/{(char)('a' + i)}.jpg"))
        .Array[1, 60].Select(names => names.Distinct().ToArray());

    [Theory]
    [InlineData("video45_left/00001.jpg", "video45_left/", 1)]
    [InlineData("video45/00120.jpg", "video45/", 120)]
    [InlineData("faces/Ada_Lovelace_0003.jpg", "faces/Ada_Lovelace_", 3)]
    [InlineData("7", "", 7)]
    [InlineData("a.b/c9", "a.b/c", 9)]
    public void A_frame_is_read_from_the_name(string image, string track, long number)
    {
        VideoFrame.Of(image).Should().Be(new VideoFrame(track, number));
    }

    [Theory]
    [InlineData("video3/face.jpg")]
    [InlineData("video3/.jpg")]
    [InlineData("")]
    [InlineData("v/1234567890123456789.jpg")]
    public void A_name_without_a_number_is_no_frame(string image) => VideoFrame.Of(image).Should().BeNull();

    [Fact]
    public void Weights_are_those_of_the_gaussian_over_the_frames_that_are_there() => Gen.Select(Images, Gen.Double[0.3, 6], Gen.Int)
        .Sample((images, sigma, seed) =>
            {
                PredictionTable table = Tables.Random(seed, images);
                float[][] before = Tables.Numbers(table);

                SmoothedPredictions smoothed = TemporalSmoothing.Smooth(table, new() { Sigma = sigma });

                smoothed.Predictions.Images.Should().Equal(images);
                float[][] after = Tables.Numbers(smoothed.Predictions);
                double[][] expected = [.. images.Select(Expected)];
                after.Zip(expected, (actual, right) => actual.Zip(right, (a, b) => Math.Abs(a - b)).Max()).Max().Should().BeLessThan(1e-6);

                double[] Expected(string image)
                {
                    double[] weights = [.. images.Select(other => Distance(image, other))
                .Select(d => d > (int)(4 * sigma) ? 0 : Math.Exp(-(d * (double)d) / (2 * sigma * sigma)))];
                    return [.. before[0].Select((_, column) =>
                        weights.Select((weight, j) => weight * before[j][column]).Sum() / weights.Sum())];
                }

                static int Distance(string first, string second)
                {
                    string[] a = first.Split('/', '.');
                    string[] b = second.Split('/', '.');
                    return first == second ? 0
                        : a[0] != b[0] || a[0] == "photo" ? int.MaxValue : Math.Abs(int.Parse(a[1]) - int.Parse(b[1]));
                }
            }, iter: 200);

    [Fact]
    public void By_hand()
    {
        // exp(-1/2) = 0.60653, exp(-2) = 0.13534; frame 3 is missing.
        PredictionTable table = new([("v/1.jpg", Valence(1)), ("v/2.jpg", Valence(0)), ("v/4.jpg", Valence(-1))], Tables.Classes);

        SmoothedPredictions smoothed = TemporalSmoothing.Smooth(table, new() { Sigma = 1 });

        smoothed.Predictions[0].Valence.Should()
            .BeApproximately((float)((1 - Math.Exp(-4.5)) / (1 + Math.Exp(-0.5) + Math.Exp(-4.5))), 1e-7f);
        smoothed.Predictions[1].Valence.Should().BeApproximately((float)((0.6065307 - 0.1353353) / (1 + 0.6065307 + 0.1353353)), 1e-6f);
        (smoothed.Tracks, smoothed.Gaps, smoothed.MissingFrames, smoothed.Unnumbered).Should().Be((1, 1, 1L, 0));
    }

    [Fact]
    public void A_constant_sequence_stays_constant() => Gen.Select(Images, Gen.Double[0.1, 50], Gen.Int[0, 5].Nullable(), Gen.Int)
        .Sample((images, sigma, gap, seed) =>
            {
                var prediction = Tables.Prediction(new Random(seed));
                PredictionTable table = new(images.Select(image => (image, prediction)), Tables.Classes);

                PredictionTable smoothed = TemporalSmoothing.Smooth(table, new() { Sigma = sigma, MaximumGap = gap }).Predictions;

                Tables.Numbers(smoothed).Should().AllSatisfy(row => row.Should().Equal(Tables.Numbers(prediction)));
            }, iter: 200);

    [Fact]
    public void Left_and_right_do_not_mix()
    {
        PredictionTable table = new(
            [("v_left/1.jpg", Valence(1)), ("v_right/1.jpg", Valence(-1)), ("v_left/2.jpg", Valence(1)), ("v_right/2.jpg",
                Valence(-1))], Tables.Classes);

        SmoothedPredictions smoothed = TemporalSmoothing.Smooth(table, new() { Sigma = 5 });

        Enumerable.Range(0, 4).Select(i => smoothed.Predictions[i].Valence).Should().Equal(1, -1, 1, -1);
        smoothed.Tracks.Should().Be(2);
    }

    [Fact]
    public void A_gap_that_is_too_long_parts_the_track()
    {
        PredictionTable table = new(
            [("v/1.jpg", Valence(1)), ("v/2.jpg", Valence(1)), ("v/5.jpg", Valence(-1)), ("v/6.jpg", Valence(-1))], Tables.Classes);

        float[] Smooth(int? gap) =>
            [.. Tables.Numbers(TemporalSmoothing.Smooth(table, new() { Sigma = 3, MaximumGap = gap }).Predictions).Select(row => row[0])];

        Smooth(1).Should().Equal(1, 1, -1, -1);
        Smooth(2)[1].Should().BeInRange(0, 0.9f);
        Smooth(null).Should().Equal(Smooth(2));
    }

    [Theory]
    [InlineData(0.0, null)]
    [InlineData(double.NaN, null)]
    [InlineData(1e9, null)]
    [InlineData(1.0, -1)]
    public void Options_out_of_range_are_refused(double sigma, int? gap)
    {
        Action smooth = () => TemporalSmoothing.Smooth(Tables.Random(1, "v/1.jpg"), new() { Sigma = sigma, MaximumGap = gap });

        smooth.Should().Throw<ArgumentException>().WithMessage("*at*");
    }

    private static AffectPrediction Valence(float valence)
    {
        AffectPrediction drawn = Tables.Prediction(new Random(1));
        return new() { Expression = drawn.Expression, ValenceArousal = new(valence, 0), ActionUnits = drawn.ActionUnits };
    }
}
