using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;
using System.Text.Json;

namespace SsMfar.Metadata;

/// <summary>
/// How a face lies in the crops that a model is trained on, so that it lies there at prediction too: where its landmarks are in a square
/// crop, or how far the crop reaches around the face's box. <see cref="ModelMetadata.Alignment"/> keeps it in the model file, and
/// <c>alignment.json</c> beside aligned pictures. Two are equal when all their values are.
/// </summary>
/// <remarks>
/// The built-in ones are data, each new whenever it is asked for, so that configuration that is bound to one changes no other: a custom
/// template is one with other points. With points, a face is turned, scaled and moved by the
/// similarity that brings its landmarks closest to them; without, the crop is the upright square around its box. Configuration binds the
/// name of a built-in one.
/// </remarks>
[TypeConverter(typeof(FaceTemplateConverter))]
public sealed record FaceTemplate
{
    /// <summary>The name of the file that says how the pictures in a folder were aligned.</summary>
    public const string FileName = "alignment.json";

    private const int UsualSize = 112;

    // Pixel centres of a crop of 112 pixels, whose first pixel is at 0, as the networks after ArcFace are trained on.
    private const double HalfPixel = 0.5;

    private const int MinimumPoints = 2;

    /// <summary>Gets the five points of ArcFace and InsightFace: eyes, nose and the corners of the mouth.</summary>
    public static FaceTemplate ArcFace5 => new()
    {
        Name = "arcface5",
        Points =
        [
            At112(FaceLandmark.LeftEye, 38.2946, 51.6963),
            At112(FaceLandmark.RightEye, 73.5318, 51.5014),
            At112(FaceLandmark.Nose, 56.0252, 71.7366),
            At112(FaceLandmark.LeftMouthCorner, 41.5493, 92.3655),
            At112(FaceLandmark.RightMouthCorner, 70.7299, 92.2041),
        ],
    };

    /// <summary>
    /// Gets the six points of BlazeFace: eyes, nose, the middle of the mouth and the ears, where they lie on average in faces that are
    /// aligned by <see cref="ArcFace5"/>, so that both cut faces out alike.
    /// </summary>
    public static FaceTemplate BlazeFace6 => new()
    {
        Name = "blazeface6",
        Points =
        [
            At112(FaceLandmark.LeftEye, 38.2, 51.7),
            At112(FaceLandmark.RightEye, 74.0, 51.7),
            At112(FaceLandmark.Nose, 56.0, 72.8),
            At112(FaceLandmark.MouthCenter, 56.1, 90.9),
            At112(FaceLandmark.LeftEar, 21.5, 59.4),
            At112(FaceLandmark.RightEar, 94.7, 59.4),
        ],
    };

    /// <summary>Gets the upright square around the face's box with a quarter of its longer side on every side.</summary>
    public static FaceTemplate Box => new() { Name = "box", Margin = 0.25 };

    /// <summary>Gets the built-in templates.</summary>
    public static ImmutableArray<FaceTemplate> BuiltIn => [ArcFace5, BlazeFace6, Box];

    /// <summary>Gets the name, such as <c>arcface5</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the pixels a side of the crops; 112 by default, 16 to 1024.</summary>
    public int Size { get; init; } = UsualSize;

    /// <summary>Gets where landmarks lie, as shares of the crop's side; none where the crop follows the face's box.</summary>
    public ImmutableArray<LandmarkPoint> Points { get; init; } = [];

    /// <summary>
    /// Gets how far the crop reaches beyond the box on every side, as a share of the box's longer side, 0 to 2; without points alone.
    /// </summary>
    public double Margin { get; init; }

    /// <summary>Gets whether the crop follows the face's box, whatever its landmarks are.</summary>
    public bool IsBox => Points.IsEmpty;

    /// <summary>Returns a built-in template by its name.</summary>
    /// <param name="name">The name: <c>arcface5</c>, <c>blazeface6</c> or <c>box</c>.</param>
    /// <exception cref="ArgumentException">There is none; the message lists them.</exception>
    public static FaceTemplate Named(string name) =>
        BuiltIn.FirstOrDefault(template => template.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw new ArgumentException(
            $"The template '{name}' is unknown; there are {string.Join(", ", BuiltIn.Select(template => template.Name))}.", nameof(name));

    /// <summary>Reads the JSON document that <see cref="ToJson"/> writes.</summary>
    /// <param name="json">The document.</param>
    /// <returns>The template, checked.</returns>
    /// <exception cref="JsonException">The text is no such document, or a value in it cannot be used.</exception>
    public static FaceTemplate FromJson(string json) => ModelMetadataJson.ReadTemplate(json);

    /// <summary>Returns the JSON document of <c>alignment.json</c>, in one line.</summary>
    public string ToJson() => ModelMetadataJson.Write(this);

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value cannot be used; the message names it and what is allowed.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Name))
        {
            throw new ArgumentException("A face template needs a name.");
        }

        if (Size is < 16 or > 1024)
        {
            throw new ArgumentException(Text($"The face template '{Name}' has {Size} pixels a side; from 16 to 1024 can be."));
        }

        if (!double.IsFinite(Margin) || Margin is < 0 or > 2)
        {
            throw new ArgumentException(Text($"The face template '{Name}' has the margin {Margin}; from 0 to 2 can be."));
        }

        if (Points.IsDefault || Points.Length is > 0 and < MinimumPoints)
        {
            throw new ArgumentException($"The face template '{Name}' needs at least {MinimumPoints} points, or none for the box.");
        }

        if (Points.Select(point => point.Landmark).Distinct().Count() != Points.Length)
        {
            throw new ArgumentException($"The face template '{Name}' has a landmark twice.");
        }

        foreach (LandmarkPoint point in Points)
        {
            if (!Enum.IsDefined(point.Landmark) || !IsNear(point.X) || !IsNear(point.Y))
            {
                string at = Text($"({point.X}, {point.Y})");
                throw new ArgumentException(
                    $"The face template '{Name}' has {point.Landmark} at {at}; shares of the side, from -1 to 2, can be.");
            }
        }
    }

    /// <summary>Compares all values, the points in order.</summary>
    /// <param name="other">The other template.</param>
    public bool Equals(FaceTemplate? other) => other is not null
        && (Name, Size, Margin) == (other.Name, other.Size, other.Margin) && Points.AsSpan().SequenceEqual(other.Points.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Size, Margin, Points.Length);

    /// <summary>Returns name and size, such as <c>arcface5 at 112 pixels</c>.</summary>
    public override string ToString() =>
        Text($"{Name} at {Size} pixels{(IsBox ? Text($", margin {Margin}") : "")}");

    private static bool IsNear(double share) => share is >= -1 and <= 2;

    private static LandmarkPoint At112(FaceLandmark landmark, double x, double y) =>
        new(landmark, (x + HalfPixel) / UsualSize, (y + HalfPixel) / UsualSize);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
