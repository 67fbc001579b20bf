using System.Collections.Immutable;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Submissions;

namespace SsMfar.Reports;

/// <summary>What an <see cref="AffectReport"/> looks into, and what its page says of where things come from.</summary>
public sealed class AffectReportOptions
{
    /// <summary>Gets or sets the page's heading.</summary>
    public string Title { get; set; } = "How well faces are read";

    /// <summary>Gets or sets what was judged, such as the model's file; for the page. Null says nothing.</summary>
    public string? Predictions { get; set; }

    /// <summary>Gets or sets what it was judged by, such as the annotation file; for the page. Null says nothing.</summary>
    public string? Annotations { get; set; }

    /// <summary>Gets or sets how rows are drawn for all intervals, how often, and their level.</summary>
    public BootstrapOptions Bootstrap { get; set; } = new();

    /// <summary>Gets or sets the word for what <see cref="BootstrapOptions.GroupBy"/> makes, in page and JSON.</summary>
    public string GroupByName { get; set; } = "rows";

    /// <summary>Gets or sets the columns of the annotations by which groups are compared; empty for none.</summary>
    public ImmutableArray<string> Subgroups { get; set; } = [];

    /// <summary>
    /// Gets or sets what groups need to be compared, and how often a gap may be called found without one. Its
    /// <see cref="SubgroupOptions.Bootstrap"/> is not looked at: <see cref="Bootstrap"/> holds.
    /// </summary>
    public SubgroupOptions SubgroupRules { get; set; } = new();

    /// <summary>Gets or sets earlier predictions of the same rows that must be reached; null for none.</summary>
    public Submission? NotWorseThan { get; set; }

    /// <summary>Gets or sets what the earlier predictions are called.</summary>
    public string? NotWorseThanName { get; set; }

    /// <summary>Gets or sets how much lower than the earlier ones a task's score may be, 0 or more. The default is 0.02.</summary>
    public double Margin { get; set; } = 0.02;

    /// <summary>
    /// Gets or sets the images, for the faces that were read worst; they stay the caller's. Null: the page names them alone.
    /// </summary>
    public IImageSource? Images { get; set; }

    /// <summary>Gets or sets how many faces of each kind of mistake the page shows, 0 to 200. The default is 12.</summary>
    public int HardestFaces { get; set; } = 12;

    /// <summary>Gets or sets the course of the training, for the page; empty where it is not known.</summary>
    public ImmutableArray<LearningCurves> LearningCurves { get; set; } = [];

    /// <summary>Gets or sets the card of the model that was judged, for page and JSON; null for none.</summary>
    public ModelCard? Card { get; set; }

    /// <summary>Gets or sets remarks for the foot of the page, a paragraph each.</summary>
    public ImmutableArray<string> Remarks { get; set; } = [];
}
