using SkiaSharp;
using SsMfar.Data;
using SsMfar.RenderedFaces;
using SsMfar.RenderedFaces.Painting;
using SsMfar.RenderedFaces.Sampling;

namespace SsMfar.Tests.RenderedFaces;

/// <summary>Each action unit moves what it moves in a face, judged by geometry and by pixels.</summary>
public sealed class FacialMovementTests
{
    private static readonly RenderedFaceOptions Options = new() { TrainingCount = 400, ValidationCount = 0 };

    /// <summary>
    /// The weakest labelled unit must be seen at 64 pixels, in its part of the face, on every face: upper units above the mouth (AU6
    /// lifts the cheeks), lower ones below the eyes (AU10 lifts the nose's wings).
    /// </summary>
    [Theory]
    [InlineData(ActionUnit.AU1, true)]
    [InlineData(ActionUnit.AU2, true)]
    [InlineData(ActionUnit.AU4, true)]
    [InlineData(ActionUnit.AU6, true)]
    [InlineData(ActionUnit.AU7, true)]
    [InlineData(ActionUnit.AU10, false)]
    [InlineData(ActionUnit.AU12, false)]
    [InlineData(ActionUnit.AU15, false)]
    [InlineData(ActionUnit.AU23, false)]
    [InlineData(ActionUnit.AU24, false)]
    [InlineData(ActionUnit.AU25, false)]
    [InlineData(ActionUnit.AU26, false)]
    public void A_unit_alone_changes_pixels_in_its_part_of_the_face(ActionUnit unit, bool upper)
    {
        FaceUnit moved = (FaceUnit)ActionUnits.IndexOf(unit);
        for (int person = 0; person < 20; person++)
        {
            (double above, double below, int visible) = Change(
                person, Rest(moved), Rest(moved).Set(moved, FacialActions.WeakestPresent), border: upper ? 46 : 26);
            double share = upper ? above / (above + below) : below / (above + below);
            share.Should().BeGreaterThan(0.9, "{0} of person {1} belongs to one part", unit, person);
            visible.Should().BeGreaterThan(6, "{0} of person {1} should be seen at 64 pixels", unit, person);
        }

        // A dropped jaw is seen against parted lips.
        static FacialActions Rest(FaceUnit moved) => moved == FaceUnit.JawDrop ? new FacialActions().Set(FaceUnit.LipsPart, 0.8f) : new();
    }

    [Fact]
    public void Brows_rise_fall_and_draw_together()
    {
        SKPoint restInner = Brow(new(), 0), restOuter = Brow(new(), 1);
        Brow(new FacialActions().Set(FaceUnit.InnerBrowRaiser, 1), 0).Y.Should().BeLessThan(restInner.Y - 5);
        Brow(new FacialActions().Set(FaceUnit.InnerBrowRaiser, 1), 1).Y.Should().BeApproximately(restOuter.Y, 0.5f);
        Brow(new FacialActions().Set(FaceUnit.OuterBrowRaiser, 1), 1).Y.Should().BeLessThan(restOuter.Y - 5);
        Brow(new FacialActions().Set(FaceUnit.OuterBrowRaiser, 1), 0).Y.Should().BeApproximately(restInner.Y, 0.5f);
        SKPoint frown = Brow(new FacialActions().Set(FaceUnit.BrowLowerer, 1), 0);
        frown.Y.Should().BeGreaterThan(restInner.Y + 4);
        frown.X.Should().BeLessThan(restInner.X - 3, "AU4 draws the right brow's inner end to the left");

        static SKPoint Brow(FacialActions actions, float t) => BrowPainter.Middle(Face(actions), 1, t);
    }

    [Fact]
    public void Lip_corners_are_pulled_up_and_out_down_and_in()
    {
        SKPoint rest = Corner(new());
        SKPoint smile = Corner(new FacialActions().Set(FaceUnit.LipCornerPuller, 1));
        smile.Y.Should().BeLessThan(rest.Y - 6);
        smile.X.Should().BeGreaterThan(rest.X + 5);
        Corner(new FacialActions().Set(FaceUnit.LipCornerDepressor, 1)).Y.Should().BeGreaterThan(rest.Y + 6);
        Corner(new FacialActions().Set(FaceUnit.LipTightener, 1)).X.Should().BeLessThan(rest.X - 4);
        FacialActions oneSided = new FacialActions().Set(FaceUnit.LipCornerPuller, 0, 1);
        MouthShape.Corner(Face(oneSided), 1).Y.Should().BeLessThan(MouthShape.Corner(Face(oneSided), -1).Y - 6);

        static SKPoint Corner(FacialActions actions) => MouthShape.Corner(Face(actions), 1);
    }

    [Fact]
    public void Lips_part_press_thin_and_rise()
    {
        MouthShape rest = new(Face(new()));
        rest.Gap.Should().Be(0);
        MouthShape parted = new(Face(new FacialActions().Set(FaceUnit.LipsPart, 1)));
        MouthShape dropped = new(Face(new FacialActions().Set(FaceUnit.LipsPart, 1).Set(FaceUnit.JawDrop, 1)));
        parted.Gap.Should().BeGreaterThan(4);
        dropped.Gap.Should().BeGreaterThan(2 * parted.Gap);
        Face(new FacialActions().Set(FaceUnit.JawDrop, 1)).ChinY.Should().BeGreaterThan(Face(new()).ChinY + 8);

        float Thickness(MouthShape mouth) => mouth.LowerOuter(0).Y - mouth.LowerInner(0).Y;
        float restThickness = Thickness(rest);
        Thickness(new(Face(new FacialActions().Set(FaceUnit.LipTightener, 1)))).Should().BeLessThan(0.6f * restThickness);
        Thickness(new(Face(new FacialActions().Set(FaceUnit.LipPressor, 1)))).Should().BeLessThan(0.25f * restThickness);
        MouthShape sneer = new(Face(new FacialActions().Set(FaceUnit.UpperLipRaiser, 1)));
        sneer.UpperOuter(0).Y.Should().BeLessThan(rest.UpperOuter(0).Y - 5);
    }

    [Fact]
    public void Labels_are_visible_facts()
    {
        for (int i = 0; i < Options.TrainingCount; i++)
        {
            FacialActions actions = FaceSample.Of(Options, FaceSplit.Training, i).Actions;
            for (int column = 0; column < ActionUnits.Count; column++)
            {
                float strongest = actions.Strongest((FaceUnit)column);
                (strongest is < 0.15f or >= FacialActions.WeakestPresent).Should()
                    .BeTrue("picture {0} shows {1} at {2}", i, ActionUnits.Names[column], strongest);
                actions.ToLabels()[column].Should().Be(strongest >= FacialActions.WeakestPresent);
            }
        }
    }

    private static FaceSample Plain(int person, FacialActions actions)
    {
        FaceSample sample = FaceSample.Of(Options, FaceSplit.Training, person * Options.ImagesPerIdentity);
        SceneVariation still = sample.Scene with
        {
            Yaw = 0, Pitch = 0, Roll = 0, Scale = 1, Shift = SKPoint.Empty, Mirrored = false, Grain = 0, Blur = 0, Occluded = false,
            Exposure = 1, Contrast = 1, Shadow = 0.3f, Light = new(0, -0.5f),
        };
        return sample with { Actions = actions, Scene = still };
    }

    private static FaceGeometry Face(FacialActions actions) =>
        Plain(0, actions) is var sample ? new(sample.Identity, actions, sample.Scene) : null!;

    /// <summary>The summed change above and below a face unit's y, and how many pixels change by a tenth of the range.</summary>
    private static (double Above, double Below, int Visible) Change(
        int person, FacialActions before, FacialActions after, float border)
    {
        const int Size = 64;
        using SKBitmap first = FacePainter.Paint(Plain(person, before), Size);
        using SKBitmap second = FacePainter.Paint(Plain(person, after), Size);
        double above = 0, below = 0;
        int visible = 0;
        int middle = (int)FacePainter.PixelRow(border, Size);
        for (int y = 0; y < Size; y++)
        {
            for (int x = 0; x < Size; x++)
            {
                SKColor a = first.GetPixel(x, y), b = second.GetPixel(x, y);
                int change = Math.Max(Math.Abs(a.Red - b.Red), Math.Max(Math.Abs(a.Green - b.Green), Math.Abs(a.Blue - b.Blue)));
                if (y < middle)
                {
                    above += change;
                }
                else
                {
                    below += change;
                }

                visible += change >= 12 ? 1 : 0;
            }
        }

        return (above, below, visible);
    }
}
