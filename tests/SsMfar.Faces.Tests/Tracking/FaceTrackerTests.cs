using SsMfar.Faces;

namespace SsMfar.Tests.Faces;

/// <summary>A face keeps its track while it moves, and while it is not found for a moment.</summary>
public sealed class FaceTrackerTests
{
    private const double Frame = 1 / 30.0;

    [Fact]
    public void Faces_keep_their_tracks_whatever_the_order_they_come_in()
    {
        FaceTracker tracker = new();
        for (int i = 0; i < 60; i++)
        {
            FaceRectangle left = new(20 + (4 * i), 50, 80, 80), right = new(500 - (2 * i), 60 + i, 100, 100);
            if (i % 2 == 0)
            {
                tracker.Next(i * Frame, left, right).Should().Equal(0, 1);
            }
            else
            {
                tracker.Next(i * Frame, right, left).Should().Equal(1, 0);
            }
        }

        tracker.Count.Should().Be(2);
    }

    [Fact]
    public void Who_passes_another_keeps_the_direction_and_the_track()
    {
        FaceTracker tracker = new();
        for (int i = 0; i < 90; i++)
        {
            tracker.Next(i * Frame, new FaceRectangle(10 + (5 * i), 100, 70, 70), new FaceRectangle(455 - (5 * i), 104, 70, 70))
                .Should().Equal([0, 1], $"frame {i}");
        }
    }

    [Fact]
    public void A_track_survives_forty_frames_without_the_face_while_it_moves_on()
    {
        FaceTracker tracker = new();
        for (int i = 0; i < 120; i++)
        {
            FaceRectangle other = new(400, 60, 90, 90), face = new(30 + (2 * i), 80 + (20 * MathF.Sin(i / 9f)), 100, 100);
            if (i is >= 40 and < 80)
            {
                tracker.Next(i * Frame, other).Should().Equal(1);
            }
            else
            {
                tracker.Next(i * Frame, face, other).Should().Equal([0, 1], $"frame {i}");
            }
        }
    }

    [Fact]
    public void Who_is_away_for_longer_than_the_options_say_is_a_new_track()
    {
        FaceRectangle face = new(100, 100, 80, 80);
        FaceTracker patient = new(new() { MaximumLoss = 3 }), usual = new();
        foreach (FaceTracker tracker in new[] { patient, usual })
        {
            tracker.Next(0, face).Should().Equal(0);
            tracker.Next(Frame).Should().BeEmpty();
        }

        patient.Next(2.9, face).Should().Equal(0);
        usual.Next(2.9, face).Should().Equal(1);
        usual.Next(2.9 + 1.9, face).Should().Equal(1);
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(0, Frame)]
    [InlineData(0, 4)]
    public void A_face_that_is_found_in_every_frame_keeps_its_track_however_far_they_are_apart(double maximumLoss, double apart)
    {
        FaceTracker tracker = new(new() { MaximumLoss = maximumLoss });
        for (int i = 0; i < 10; i++)
        {
            tracker.Next(i * apart, new FaceRectangle(100 + i, 100, 80, 80)).Should().Equal([0], $"frame {i}");
        }
    }

    [Fact]
    public void One_gap_between_frames_is_no_loss_and_frames_without_the_face_are_one()
    {
        FaceRectangle face = new(100, 100, 80, 80), other = new(400, 100, 80, 80);
        FaceTracker tracker = new(), impatient = new(new() { MaximumLoss = 0 });
        tracker.Next(0, face).Should().Equal(0);
        tracker.Next(5, face).Should().Equal([0], "no frame lacked it");

        // Missed from 9 on; another face that is there all the time.
        tracker.Next(9, other).Should().Equal(1);
        tracker.Next(11, face, other).Should().Equal([0, 1], "two seconds are allowed");
        tracker.Next(12);
        tracker.Next(13);
        tracker.Next(14.1, face, other).Should().Equal(2, 3);

        impatient.Next(0, face).Should().Equal(0);
        impatient.Next(Frame);
        impatient.Next(2 * Frame, face).Should().Equal([1], "a frame without it is too many");
    }

    [Fact]
    public void A_step_between_frames_at_nearly_one_time_is_no_speed()
    {
        // Two faces, 100 pixels apart and slow; at 1 the file says one time twice.
        FaceTracker tracker = new(new() { MaximumMove = 0, MinimumOverlap = 0.1 });
        double[] times = [0, 0.5, 1, 1 + 1e-6, 1.04, 1.08];
        for (int i = 0; i < times.Length; i++)
        {
            float moved = i * 2;
            tracker.Next(times[i], new FaceRectangle(100 + moved, 100, 80, 80), new FaceRectangle(200 + moved, 100, 80, 80)).Should()
                .Equal([0, 1], $"frame {i}");
        }

        FaceTrack track = new(0, new(100, 100, 80, 80), 0);
        track.See(new(110, 100, 80, 80), 1);
        track.See(new(112, 100, 80, 80), 1 + 1e-6);
        track.Expected(1.4).X.Should().BeApproximately(116, 0.01f, "it goes on at ten pixels a second");
    }

    [Fact]
    public void A_face_elsewhere_or_of_another_size_is_another()
    {
        FaceTracker tracker = new();
        tracker.Next(0, new FaceRectangle(100, 100, 80, 80)).Should().Equal(0);
        tracker.Next(Frame, new FaceRectangle(400, 100, 80, 80)).Should().Equal(1);
        tracker.Next(2 * Frame, new FaceRectangle(90, 90, 300, 300)).Should().Equal(2);

        // The same move is allowed to whom the options allow it.
        FaceTracker free = new(new() { MaximumMove = 3 });
        free.Next(0, new FaceRectangle(100, 100, 80, 80)).Should().Equal(0);
        free.Next(Frame, new FaceRectangle(320, 100, 80, 80)).Should().Equal(0);
        FaceTracker freer = new(new() { MaximumMove = 6 });
        freer.Next(0, new FaceRectangle(100, 100, 80, 80)).Should().Equal(0);
        freer.Next(Frame, new FaceRectangle(500, 100, 80, 80)).Should().Equal([0], "five sides are fewer than six");
        freer.Next(2, new FaceRectangle(1100, 100, 80, 80)).Should().Equal([1], "nothing is added to more than three sides");
        FaceTracker bound = new(new() { MaximumMove = 0, MinimumOverlap = 0.9 });
        bound.Next(0, new FaceRectangle(100, 100, 80, 80)).Should().Equal(0);
        bound.Next(Frame, new FaceRectangle(110, 100, 80, 80)).Should().Equal(1);
    }

    [Fact]
    public void Frames_far_apart_can_be_followed()
    {
        // One frame a second, as of a slow camera.
        FaceTracker tracker = new();
        for (int i = 0; i < 10; i++)
        {
            tracker.Next(i, new FaceRectangle(50 + (60 * i), 100, 100, 100), new FaceRectangle(300, 400, 60, 60)).Should().Equal(0, 1);
        }
    }

    [Fact]
    public void What_cannot_be_used_is_named()
    {
        FaceTracker tracker = new();
        tracker.Next(1);
        tracker.Invoking(it => it.Next(1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*later than 1*");
        FluentActions.Invoking(() => new FaceTracker(new() { MinimumOverlap = 0, MaximumMove = -1, MaximumLoss = double.NaN })).Should()
            .Throw<ArgumentException>().WithMessage("*MinimumOverlap is 0*MaximumMove is -1*MaximumLoss is NaN*");
    }
}
