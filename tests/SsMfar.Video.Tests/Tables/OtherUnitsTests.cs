using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Importing;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>
/// Readings of other units than the challenge's twelve, and of intensities: in tables, as numbers, and beside a neutral face.
/// </summary>
public sealed class OtherUnitsTests : IDisposable
{
    private static readonly ActionUnitSet Strong = ActionUnitSet.Parse("AU12", "AU14");

    private static readonly ModelMetadata Model = new()
    {
        Input = new(),
        ActionUnits = ActionUnitSet.Bp4d.Names,
        Decoders = ImmutableSortedDictionary<string, PartDescription>.Empty
            .Add(AffectTaskNames.ActionUnits, new ActionUnitDecoder(units: ActionUnitSet.Bp4d).Description)
            .Add(AffectTaskNames.ActionUnitIntensity, new ActionUnitIntensityDecoder(Strong).Description),
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tables_have_them_by_name()
    {
        string[] plain = await WriteAsync(FrameTableFormat.Plain), openFace = await WriteAsync(FrameTableFormat.OpenFace);

        plain[0].Should().Contain(",AU12,p_AU12,AU14,p_AU14,AU15,").And.EndWith(",AU24,p_AU24,AU12_intensity,AU14_intensity,reason");
        plain[1].Should().Contain(",0,0.25,1,0.75,0,0.25,").And.EndWith(",2.5,1,");
        openFace[0].Should().Be("frame,face_id,timestamp,confidence,success,AU12_r,AU14_r,AU01_c,AU02_c,AU04_c,AU06_c,AU07_c,AU10_c," +
            "AU12_c,AU14_c,AU15_c,AU17_c,AU23_c");
        openFace[1].Should().Be("1,0,0.000,0.88,1,2.50,1.00,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0");
        AnnotationRow row = DatasetImporter.Parse("openface").Import(_folder.Path).Annotations[0];
        row.ActionUnits[ActionUnit.AU14].Should().BeTrue();
        row.Intensities[ActionUnit.AU12].Should().Be(2.5f);
    }

    [Fact]
    public void Shapes_read_back_what_they_wrote()
    {
        AffectPrediction prediction = Reading(2.5f);
        ReadingShape shape = ReadingShape.Of(prediction);

        AffectPrediction again = shape.Read(ReadingShape.Numbers(prediction));

        shape.Width.Should().Be(14);
        again.ActionUnits!.Units.Should().Be(ActionUnitSet.Bp4d);
        again.ActionUnits[ActionUnit.AU14].Should().BeTrue();
        again.ActionUnitIntensities!.Units.Should().Be(Strong);
        again.ActionUnitIntensities.Values.Should().Equal(2.5f, 1);
        shape.Equals(ReadingShape.Of(Readings.Of(0, 0, 0.5))).Should().BeFalse();
        shape.Equals(ReadingShape.Of(Reading(1))).Should().BeTrue();
    }

    [Fact]
    public void A_neutral_face_is_taken_away_from_intensities()
    {
        NeutralBaseline baseline = new(1);
        baseline.Observe(Frame(0, 1));

        TrackedFace face = baseline.Apply(Frame(2, 3)).Faces[0];

        face.Prediction!.ActionUnitIntensities![ActionUnit.AU12].Should().BeApproximately(5 * (3 - 1) / 4f, 1e-5f);
        face.Prediction.ActionUnitIntensities[ActionUnit.AU14].Should().Be(0);
    }

    private static FrameResult Frame(double time, float intensity) => new((long)(30 * time), time, [Readings.Face(0, Reading(intensity))]);

    private static AffectPrediction Reading(float intensity) => new()
    {
        ActionUnits = new(
            [.. ActionUnitSet.Bp4d.Units.Select(unit => unit == ActionUnit.AU14 ? 0.75f : 0.25f)], units: ActionUnitSet.Bp4d),
        ActionUnitIntensities = new([intensity, 1], Strong),
    };

    private async Task<string[]> WriteAsync(FrameTableFormat format)
    {
        await using (FrameTableWriter writer = await FrameTableWriter.CreateAsync(_folder.File("clip.csv"), format, Model, "clip.mp4"))
        {
            await writer.WriteAsync(Frame(0, 2.5f));
            await writer.CompleteAsync();
        }

        return await File.ReadAllLinesAsync(_folder.File("clip.csv"));
    }
}
