using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Smoothing of tracks, against sums written out.</summary>
public sealed class SmoothingTests
{
    private static readonly double[] Times = [.. Enumerable.Range(0, 90).Select(i => (i / 30.0) + (i > 50 ? 0.7 : 0) + (0.001 * (i % 3)))];

    private static readonly double[] Noise = [.. Enumerable.Range(0, 90).Select(i => Math.Sin(i * 12.9898) * 0.8)];

    private static IEnumerable<FrameResult> Noisy => Times.Select((time, i) => i % 11 == 4
        ? new FrameResult(i, time, "no face was found")
        : new FrameResult(i, time,
            [Readings.Face(0, Readings.Of(Noise[i], -Noise[i], 0.5 + (Noise[i] / 2))), Readings.Face(1, Readings.Of(0.25, 0.5, 0.3))]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Readings_become_the_means_by_a_gaussian_of_the_time(bool causal)
    {
        const double Sigma = 0.15;

        FrameResult[] smoothed = [.. TrackSmoothing.Smooth(Noisy, new() { Sigma = Sigma, Causal = causal })];

        smoothed.Should().HaveCount(90);
        for (int i = 0; i < 90; i++)
        {
            (smoothed[i].Index, smoothed[i].Time).Should().Be((i, Times[i]));
            if (i % 11 == 4)
            {
                smoothed[i].Reason.Should().Be("no face was found");
                continue;
            }

            double sum = 0, weights = 0;
            for (int k = 0; k < 90; k++)
            {
                double distance = Times[k] - Times[i];
                if (k % 11 != 4 && Math.Abs(distance) <= 4 * Sigma && !(causal && k > i))
                {
                    double weight = Math.Exp(-distance * distance / (2 * Sigma * Sigma));
                    (sum, weights) = (sum + (weight * Noise[k]), weights + weight);
                }
            }

            double expected = sum / weights;
            smoothed[i].Faces[0].Prediction!.Valence.Should().BeApproximately((float)expected, 1e-6f);
            smoothed[i].Faces[0].Prediction!.Arousal.Should().BeApproximately((float)-expected, 1e-6f);
            smoothed[i].Faces[0].Prediction!.Expression!.Probabilities[4].Should()
                .BeApproximately((float)(0.5 + (expected / 2)), 1e-6f);
            smoothed[i].Faces[1].Prediction!.Valence.Should().Be(0.25f, "tracks do not mix, and what is constant stays");
            smoothed[i].Faces[0].Box.Should().Be(Readings.Face(0, null).Box);
        }
    }

    [Fact]
    public void A_stream_is_smoothed_as_a_list_is_to_the_last_bit()
    {
        CausalSmoother smoother = new(0.2);
        foreach ((FrameResult one, FrameResult other) in Noisy.Select(smoother.Next)
            .Zip(TrackSmoothing.Smooth(Noisy, new() { Sigma = 0.2, Causal = true })))
        {
            one.Faces.Select(face => face.Prediction!.Valence).Should().Equal(other.Faces.Select(face => face.Prediction!.Valence));
        }
    }

    [Fact]
    public void No_more_frames_wait_than_the_look_ahead_says()
    {
        TrackSmoothingOptions options = new() { Sigma = 0.1 };
        int given = 0, most = 0, taken = 0;
        foreach (FrameResult frame in TrackSmoothing.Smooth(Readings.Track(3000, 30, _ => 0.5).Select(frame =>
        {
            given++;
            return frame;
        }), options))
        {
            most = Math.Max(most, given - ++taken);
        }

        taken.Should().Be(3000);
        options.LookAhead.Should().BeApproximately(0.4, 1e-12);
        most.Should().BeLessThanOrEqualTo((int)(0.4 * 30) + 2);
        new TrackSmoothingOptions { Causal = true }.LookAhead.Should().Be(0);
    }

    [Fact]
    public void The_latency_is_what_a_ramp_lies_behind()
    {
        TrackSmoothingOptions options = new() { Sigma = 0.25, Causal = true };
        FrameResult last = TrackSmoothing.Smooth(Readings.Track(2000, 500, time => (time / 4) - 0.5), options).Last();

        double behind = 4 * (((last.Time / 4) - 0.5) - last.Faces[0].Prediction!.Valence!.Value);
        behind.Should().BeApproximately(options.Latency, 0.003);
        options.Latency.Should().BeApproximately(0.25 * 0.798, 0.001);
        new TrackSmoothingOptions().Latency.Should().Be(0);
    }

    [Fact]
    public void Decisions_follow_from_what_was_smoothed()
    {
        // Of three frames one is taken for happiness.
        FrameResult[] frames = [.. new[] { 0.1, 0.6, 0.1 }.Select((happiness, i) => new FrameResult(
            i, i / 30.0, [Readings.Face(0, Readings.Of(0, 0, happiness, happiness))]))];

        FrameResult middle = TrackSmoothing.Smooth(frames, new() { Sigma = 10 }).ElementAt(1);

        frames[1].Faces[0].Prediction!.ActionUnits![6].Should().BeTrue();
        middle.Faces[0].Prediction!.ActionUnits![6].Should().BeFalse();
        middle.Faces[0].Prediction!.Expression!.Probabilities[4].Should().BeApproximately(0.8f / 3, 1e-4f);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(601)]
    [InlineData(double.NaN)]
    public void A_deviation_out_of_range_is_named(double sigma)
    {
        FluentActions.Invoking(() => TrackSmoothing.Smooth([], new() { Sigma = sigma })).Should().Throw<ArgumentException>()
            .WithMessage("*Sigma is*600 seconds*");
        FluentActions.Invoking(() => new CausalSmoother(sigma)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Readings_become_those_relative_to_the_neutral_face()
    {
        // Half a second of a stern face, then a smile.
        FrameResult[] frames = [.. Enumerable.Range(0, 30).Select(i => new FrameResult(i, i / 30.0,
            [Readings.Face(3, i < 15 ? Readings.Of(-0.4, 0.2, 0.1, 0.6) : Readings.Of(0.2, 0.2, 0.8, 0.9))]))];

        NeutralBaseline neutral = NeutralBaseline.Of(frames, 0.5);
        FrameResult first = neutral.Apply(frames[0]), last = neutral.Apply(frames[^1]);

        first.Faces[0].Prediction!.Valence.Should().BeApproximately(0, 1e-6f);
        first.Faces[0].Prediction!.ActionUnits!.Probabilities[6].Should().BeApproximately(0, 1e-6f);
        last.Faces[0].Prediction!.Valence.Should().BeApproximately(0.6f, 1e-6f);
        last.Faces[0].Prediction!.Arousal.Should().BeApproximately(0, 1e-6f);
        last.Faces[0].Prediction!.ActionUnits!.Probabilities[6].Should().BeApproximately((0.9f - 0.6f) / 0.4f, 1e-6f);
        last.Faces[0].Prediction!.Expression!.Probabilities[4].Should().Be(0.8f, "expressions stay as they are");
        neutral.Apply(new(40, 2, [Readings.Face(4, Readings.Of(0.1, 0, 0.5))])).Faces[0].Prediction!.Valence.Should()
            .Be(0.1f, "nobody knows the neutral face of another track");
    }
}
