using SsMfar.Tests.Campaigns;
using SsMfar.Tests.ConsoleApp;
using SsMfar.Tests.Packaging;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("SsMfar.Tests.SlowestFirst", "SsMfar.EndToEnd.Tests")]

namespace SsMfar.Tests;

/// <summary>Starts the collections that take minutes before others, so that none of them runs alone in the end.</summary>
public sealed class SlowestFirst : ITestCollectionOrderer
{
    private static readonly string[] Slowest =
    [
        .. new[]
        {
            typeof(CudaKitTests), typeof(NativeAotTests), typeof(CampaignTests), typeof(SearchTests), typeof(AblationFolderTests),
            typeof(AblationRowsTests), typeof(RankTests),
        }.Select(type => type.FullName!),
    ];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(Place).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);

    private static int Place(ITestCollection collection)
    {
        int place = Array.FindIndex(Slowest, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal));
        return place < 0 ? Slowest.Length : place;
    }
}
