using SsMfar.Data;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.Tests.Training;

/// <summary>Heads learn alike from the features that each device computed, wherever the features lie.</summary>
public sealed class FrozenFeatureTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(60);
    private static readonly AffectDataset Validation = TinyFaces.Dataset(40, seed: 2);

    public static TheoryData<string, string> Cases => PresentDevices.With(["on the device", "on the host"]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Heads_learn_from_frozen_features_alike_on_every_device(string device, string place)
    {
        using TrainingResult result = await Fit(device, place);
        using TrainingResult processor = await Fit("cpu", place);

        for (int epoch = 0; epoch < 2; epoch++)
        {
            foreach ((string term, double value) in processor.History[epoch].Losses)
            {
                result.History[epoch].Losses[term].Should().BeApproximately(value, 1e-2, $"{term} of epoch {epoch + 1}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Features_of_every_device_teach_on_any(string device, string place)
    {
        using FrozenFeatureSet features = await Trainer(device, place).ComputeFeaturesAsync(Training);
        using FrozenFeatureSet judged = await Trainer(device, place).ComputeFeaturesAsync(Validation);
        using TrainingResult processor = await Fit("cpu", place);
        foreach (string other in PresentDevices.Names)
        {
            using TrainingResult heads = await Trainer(other, place).FitHeadsAsync(features, judged);

            features.Predict(heads).Should().HaveCount(60);
            foreach ((string term, double value) in processor.History[0].Losses)
            {
                heads.History[0].Losses[term].Should().BeApproximately(value, 1e-2, $"{term} on {other}");
            }
        }
    }

    private static Task<TrainingResult> Fit(string device, string place) => Trainer(device, place).FitAsync(Training, Validation);

    private static MultiTaskTrainer Trainer(string device, string place) => Tiny
        .Builder(options => options.FrozenFeatures.Enabled = true)
        .UseDevice(ComputeDevice.Parse(device)).UseImageCache(deviceMemoryBudget: place == "on the host" ? 0 : null).Build();
}
