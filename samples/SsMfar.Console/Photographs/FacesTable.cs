using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Photographs;

/// <summary>The table of <c>faces</c>: a row for each face, and one for each picture without any.</summary>
internal sealed class FacesTable
{
    private readonly bool _hasExpression;
    private readonly bool _hasAffect;
    private readonly ImmutableArray<ActionUnit> _units = [];
    private readonly ImmutableArray<ActionUnit> _intensities = [];
    private readonly List<(string[] Fields, string? Error)> _rows = [];

    /// <summary>Makes an empty table.</summary>
    /// <param name="model">The model whose tasks have columns; null for faces alone.</param>
    public FacesTable(ModelMetadata? model)
    {
        if (model is null)
        {
            return;
        }

        _hasExpression = model.Decoders.ContainsKey(AffectTaskNames.Expression);
        _hasAffect = model.Decoders.ContainsKey(AffectTaskNames.ValenceArousal);
        _units = model.Decoders.ContainsKey(AffectTaskNames.ActionUnits)
            ? (model.Units() ?? ActionUnitSet.AffWild2).Units : [];
        _intensities = model.IntensityUnits()?.Units ?? [];
    }

    public int Faces { get; private set; }

    public int WithoutFace { get; private set; }

    /// <summary>Gets how many pictures could not be read, or have a face that the model gives no numbers for.</summary>
    public int Failed { get; private set; }

    /// <summary>Gets whether a picture that could be read has a face that the model gives no numbers for.</summary>
    public bool HasFaceWithoutReading { get; private set; }

    /// <summary>Gets what was wrong first, as a sentence; null where nothing was.</summary>
    public string? FirstFailure { get; private set; }

    private int Columns => 7 + (_hasExpression ? 1 : 0) + (_hasAffect ? 2 : 0) + _units.Length + _intensities.Length;

    public void Add(PictureResult picture)
    {
        string? failure = picture.Error?.Message ?? picture.Faces.Select(face => face.Error?.Message)
            .FirstOrDefault(error => error is not null);
        if (failure is not null)
        {
            Failed++;
            HasFaceWithoutReading |= picture.Succeeded;
            FirstFailure ??= ConsoleWords.Of(failure);
        }

        if (picture.Faces.IsEmpty)
        {
            WithoutFace += picture.Succeeded ? 1 : 0;
            _rows.Add(([picture.Name, .. Enumerable.Repeat("", Columns - 1)], picture.Error?.Reason));
        }

        for (int i = 0; i < picture.Faces.Length; i++)
        {
            FaceResult face = picture.Faces[i];
            Faces++;
            _rows.Add(([.. Place(picture.Name, i, face.Face), .. Reading(face.Prediction)], face.Error?.Message));
        }
    }

    /// <summary>Writes the table whole or not at all; the column <c>error</c> is there where a row has one.</summary>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        bool hasErrors = _rows.Any(row => row.Error is not null);
        writer.Write(Csv.Row(
        [
            "image", "face", "x", "y", "width", "height", "score",
            .. _hasExpression ? ["expression"] : Array.Empty<string>(),
            .. _hasAffect ? ["valence", "arousal"] : Array.Empty<string>(),
            .. _units.Select(ActionUnits.NameOf),
            .. _intensities.Select(AnnotationSet.IntensityColumn),
            .. hasErrors ? ["error"] : Array.Empty<string>(),
        ]));
        foreach ((string[] fields, string? error) in _rows)
        {
            writer.Write(Csv.Row(hasErrors ? [.. fields, error is null ? "" : Failure.OneLine(error)] : fields));
        }
    });

    private static IEnumerable<string> Place(string name, int index, DetectedFace face) =>
    [
        name, index.ToString(CultureInfo.InvariantCulture), Csv.Number(face.Box.X), Csv.Number(face.Box.Y), Csv.Number(face.Box.Width),
        Csv.Number(face.Box.Height), Csv.Number(face.Score),
    ];

    private IEnumerable<string> Reading(AffectPrediction? prediction) =>
    [
        .. _hasExpression ? [prediction?.Expression?.Name ?? ""] : Array.Empty<string>(),
        .. _hasAffect ? [Csv.Number(prediction?.Valence), Csv.Number(prediction?.Arousal)] : Array.Empty<string>(),
        .. _units.Select(unit => prediction?.ActionUnits is { } units ? units[unit] ? "1" : "0" : ""),
        .. _intensities.Select(unit => Csv.Number(prediction?.ActionUnitIntensities?[unit])),
    ];
}
