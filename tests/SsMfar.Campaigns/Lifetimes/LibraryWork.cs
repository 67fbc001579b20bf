using System.Runtime.CompilerServices;
using SsMfar.Campaigns.Endurance;
using SsMfar.Campaigns.Models;
using SsMfar.Campaigns.Shell;
using SsMfar.Distributed;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Losses;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Training;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Campaigns.Lifetimes;

/// <summary>
/// What an application does with the library, once each, on models whose steps take milliseconds. All that it is given it disposes.
/// </summary>
/// <param name="folder">Where files go.</param>
internal sealed class LibraryWork(TemporaryFolder folder)
{
    private const int Rows = 48;
    private const int FewRows = 16;
    private const int Ranks = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Gets the work by name.</summary>
    public IEnumerable<(string Name, Action Run)> All =>
    [
        .. Settings().Select(setting => (setting.Name, (Action)(() => Fit(setting.Apply)))),
        ("recipes", () => Each(TrainingRecipe.All, recipe => FitOnce(Builder(_ => { }).UseRecipe(recipe)))),
        ("variants", Variants),
        ("backbones", Backbones),
        ("checkpoints", Resume),
        ("ranks", OnRanks),
        ("start model", Start),
        ("features", Features),
        ("predictors", Predict),
        ("exports", Export),
    ];

    /// <summary>Leaves a tensor of the library's to the garbage collector, for it to be seen that this is told of.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Leave()
    {
        using torch.Tensor one = torch.ones(1);
        _ = Transfers.ToHost(one);
    }

    // Every value of the choices that change what a step computes; precisions go with the backbones, formats of gradients with the ranks.
    private static IEnumerable<(string Name, Action<TrainingOptions> Apply)> Settings() =>
    [
        .. Of<PseudoLabelPolicyKind>((options, value) => options.SemiSupervision.Policy = value),
        .. Of<SemiSupervisionMode>((options, value) => options.SemiSupervision.Mode = value),
        .. Of<PseudoLabelTeacher>((options, value) => options.SemiSupervision.Teacher = value),
        .. Of<BatchStatistics>((options, value) => options.SemiSupervision.BatchStatistics = value),
        .. Of<ThresholdUpdate>((options, value) => options.SemiSupervision.Threshold.Update = value),
        .. Of<MissingClass>((options, value) => options.SemiSupervision.Threshold.MissingClass = value),
        .. Of<ThresholdFloor>((options, value) => options.SemiSupervision.Threshold.FloorKind = value),
        .. Of<ThresholdComparison>((options, value) => options.SemiSupervision.Threshold.Comparison = value),
        .. Of<AlignmentTarget>((options, value) => options.SemiSupervision.Alignment.Target = value),
        .. Of<UnlabelledValueLoss>((options, value) =>
        {
            Average(options);
            options.SemiSupervision.ValenceArousal.Kind = value;
        }),
        .. Of<CouplingTable>((options, value) =>
        {
            options.SemiSupervision.Tasks = UnlabelledTasks.Expression | UnlabelledTasks.ActionUnits;
            (options.SemiSupervision.Coupling.Weight, options.SemiSupervision.Coupling.Table) = (0.5, value);
        }),
        .. Of<TaskBalancingKind>((options, value) => options.Balancing.Kind = value),
        .. Of<OptimizerKind>((options, value) => options.Optimizer.Kind = value),
        .. Of<ScheduleKind>((options, value) => options.Schedule.Kind = value),
        .. Of<ViewPreset>((options, value) => options.Views = value),
        ("every task unlabelled", options =>
        {
            Average(options);
            options.SemiSupervision.Tasks = UnlabelledTasks.Expression | UnlabelledTasks.ActionUnits | UnlabelledTasks.ValenceArousal;
        }),
        ("mixup", options => options.Mixup.Alpha = 0.4),
        ("no averages, clipped, accumulated", options =>
            (options.EmaDecay, options.GradientClipNorm, options.AccumulationSteps, options.LabelSmoothing) = (null, 1, 2, 0.1)),
        ("frozen features", options => options.UseFrozenFeatures()),
        ("frozen at first", options => options.Optimizer.FrozenBackboneEpochs = 1),
    ];

    private static void Average(TrainingOptions options) => options.SemiSupervision.Teacher = PseudoLabelTeacher.Average;

    private static IEnumerable<(string, Action<TrainingOptions>)> Of<T>(Action<TrainingOptions, T> set)
        where T : struct, Enum => Enum.GetValues<T>().Select(value =>
            ($"{typeof(T).Name}.{value}", (Action<TrainingOptions>)(options => set(options, value))));

    private static MultiTaskTrainerBuilder Builder(Action<TrainingOptions> configure) => MultiTaskTrainer.CreateBuilder()
        .UseBackbone(TinyBackbone.Factory)
        .UseDevice(ComputeDevice.Cpu)
        .AllowUnusedOptions()
        .Configure(options =>
        {
            options.ImageSize = TinyParts.Side;
            options.BatchSize = 16;
            options.Epochs = 2;
            options.Heads.HiddenWidth = 8;
            configure(options);
        });

    private static TrainingResult Fit(MultiTaskTrainerBuilder builder, int rows = Rows) => builder.Build()
        .FitAsync(TinyFaces.Dataset(rows), TinyFaces.Dataset(FewRows, seed: 2)).GetAwaiter().GetResult();

    private static void FitOnce(MultiTaskTrainerBuilder builder, int rows = Rows) => Fit(builder, rows).Dispose();

    private static void Fit(Action<TrainingOptions> configure) => FitOnce(Builder(configure));

    private static void Each<T>(IEnumerable<T> all, Action<T> work)
    {
        foreach (T one in all)
        {
            work(one);
        }
    }

    // That of another backbone differs by it alone.
    private void Variants() => Each(SsMfarVariant.All.Where(variant => variant.Backbone is null), variant => FitOnce(
        (variant.PretrainedOn is null ? Builder(_ => { }) : Pretrained()).UseVariant(variant), FewRows));

    // The smallest of each kind, and the one whose blocks are others.
    private static void Backbones() => Each(
        [
            (BackboneFactory.ResNet18, TrainingPrecision.Full), (BackboneFactory.ResNet18, TrainingPrecision.BFloat16),
            (BackboneFactory.ResNet50, TrainingPrecision.Full), (BackboneFactory.EfficientNetB0, TrainingPrecision.Full),
            (BackboneFactory.TfEfficientNetB0, TrainingPrecision.Full), (BackboneFactory.IResNet18, TrainingPrecision.Full),
        ],
        ((BackboneFactory Backbone, TrainingPrecision Precision) chosen) => FitOnce(
            Builder(options => (options.Precision, options.Epochs) = (chosen.Precision, 1)).UseBackbone(chosen.Backbone), FewRows));

    private void Resume()
    {
        string place = folder["checkpoints"];
        using (TrainingResult half = Fit(Builder(options => options.Schedule.Epochs = 4).UseCheckpoints(place)))
        {
            half.SaveModel(folder["half.safetensors"]);
        }

        FitOnce(Builder(options => (options.Epochs, options.Schedule.Epochs) = (4, 4)).UseCheckpoints(place, CheckpointMode.Resume)
            .UseTensorBoard(folder["events"]).UseHistoryFile(folder["history.jsonl"]));
    }

    private static void OnRanks() => Each(Enum.GetValues<GradientFormat>(), format => Task.WhenAll(
        InProcessGroup.Create(Ranks, Patience).Select(group => Task.Run(() =>
        {
            using (group)
            {
                FitOnce(Builder(options => options.Distributed.GradientFormat = format).UseProcessGroup(group));
            }
        }))).GetAwaiter().GetResult());

    private void Start()
    {
        FitOnce(Builder(_ => { }).UseStartModel(Saved(TinyBackbone.Factory)));
        FitOnce(Pretrained());
    }

    private MultiTaskTrainerBuilder Pretrained() => Builder(_ => { }).UseBackbone(
        BackboneFactory.MobileFaceNet,
        PretrainedWeights.FromFile(Saved(BackboneFactory.MobileFaceNet), ChannelOrder.Rgb));

    private static void Features()
    {
        MultiTaskTrainer trainer = Builder(options => options.UseFrozenFeatures()).Build();
        using FrozenFeatureSet features = trainer.ComputeFeaturesAsync(TinyFaces.Dataset(Rows)).GetAwaiter().GetResult();
        int[] learned = [.. Enumerable.Range(0, Rows / 2)], judged = [.. Enumerable.Range(Rows / 2, Rows / 2)];
        using TrainingResult heads = trainer.FitHeadsAsync(features.Select(learned), features.Select(judged)).GetAwaiter().GetResult();
        _ = features.Select(judged).Predict(heads);
    }

    private static void Predict()
    {
        using TemporaryFolder own = new();
        TinyPredictors predictors = new(own);
        using IAffectPredictor predictor = predictors.Load(onnx: false);
        Each(predictors.Faces, face => predictor.Predict(face));
        _ = predictor.PredictAll(predictors.Faces);
    }

    private void Export()
    {
        using TinyFaces.Images images = new();
        FaceImage[] faces = [.. TinyFaces.Annotations(24).Select(row => FaceImage.FromBytes(images.Encoded(row.Image)))];
        Each([BackboneFactory.ResNet18, BackboneFactory.MobileFaceNet, BackboneFactory.EfficientNetB0], backbone =>
        {
            string path = Saved(backbone);
            using (LoadedModel loaded = ModelFile.Load(path))
            {
                ModelFile.Save(folder["again.safetensors"], loaded.Model, loaded.Metadata);
            }

            Each(Enum.GetValues<OnnxPrecision>(), precision => OnnxExporter.Export(path, folder["model.onnx"], options: new()
            {
                Precision = precision,
                Calibration = new() { Faces = precision == OnnxPrecision.Int8 ? faces : [] },
            }));
        });
    }

    private string Saved(BackboneFactory backbone)
    {
        string path = folder[$"{backbone.Name}.safetensors"];
        if (!File.Exists(path))
        {
            using TrainingResult result = Fit(Builder(options => options.Epochs = 1).UseBackbone(backbone), FewRows);
            result.SaveModel(path);
        }

        return path;
    }
}
