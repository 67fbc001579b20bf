using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Metrics;
using SsMfar.Reports.Ablation;
using SsMfar.Submissions;

namespace SsMfar.Tests;

/// <summary>Tables of an ablation with one row.</summary>
internal static class AblationTables
{
    public static AblationReportTable Of(
        AnnotationSet truth,
        ImmutableArray<string> tasks,
        ImmutableArray<double?> paper,
        ImmutableArray<AblationReportRun> runs,
        ImmutableArray<Submission> predictions,
        AffectScoreIntervals? intervals) => new()
        {
            Title = "",
            FileName = "",
            Data = "",
            PaperData = "",
            IsPapersData = false,
            Tasks = tasks,
            Truth = truth,
            Configurations = "",
            Rows =
            [
                new()
                {
                    Method = "MFAR",
                    Note = "",
                    Change = "",
                    Differences = [],
                    Paper = paper,
                    Runs = runs,
                    Predictions = predictions,
                    Intervals = intervals,
                },
            ],
        };
}
