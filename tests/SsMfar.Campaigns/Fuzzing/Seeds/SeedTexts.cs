using System.Text;
using SsMfar.ConsoleApp.Sharding;

namespace SsMfar.Campaigns.Fuzzing.Seeds;

/// <summary>Whole files of lines and words.</summary>
internal static class SeedTexts
{
    private const string Units = "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26";

    /// <summary>The texts of each reader.</summary>
    public static IEnumerable<(string Reader, string[] Texts)> All() =>
    [
        ("annotations", Annotations),
        ("image-list", [.. Annotations, "image\na.png\nb/c.png\n"]),
        ("submission",
        [
            "image,valence,arousal,expression,aus\na.png,0.5,-0.25,3,0,1,0,0,1,0,0,0,1,0,1,0\nb/c.png,0,1,7,1,1,1,1,1,1,1,1,1,1,1,1\n",
            "image,valence,arousal,expression,aus\na.png,-5,-5,2,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1\n",
        ]),
        ("predictions", Predictions),
        ("import",
        [
            "File,Emotion,Valence,Arousal,AU1\na.png,Happiness,5.5,3,1\nb.png,Sadness,9,1,0\nc.png,?,,2,-2\n",
            "sep=;\nFile;Emotion;Valence;Arousal;AU1;Note\n\"a;b.png\";Neutral;5,5;3,25;1;\"says \"\"x\"\"\"\nc.png;Anger;1;9;0;\n",
            "File\tEmotion\tValence\tArousal\tAU1\na.png\tFear\t5.5\t3\t1\n",
        ]),
        ("class-names", ["happy,Happiness\nsad,Sadness\n\"so, so\",Neutral\n", "0,Neutral\n1,Anger\n"]),
        ("openface-table",
        [
            "frame, face_id, timestamp, confidence, success, AU01_r, AU12_r, AU01_c, AU12_c\n1, 0, 0.0, 0.98, 1, 0.5, 3.2, 0, 1\n" +
                "2, 0, 0.033, 0.97, 1, 0.1, 2, 0, 1\n",
            "face,confidence,AU01_r,AU12_r,AU01_c,AU12_c\n0,0.9,0.5,3.2,0,1\n",
        ]),
        ("search-space",
        [
            "Optimizer.HeadLearningRate = log 1e-4..1e-2\nBatchSize = 32, 64\nEpochs = whole 2..10 # so many\n",
            "SemiSupervision.Policy = AdaptiveThreshold, FreeMatch\nHeads.HiddenWidth = log whole 16..256\n",
        ]),
        ("part-file", [Part("a.png,0.5,0.5,1\n"), Part("")]),
        ("boxes", ["image,x,y,width,height\na.png,1,2,30,40\n\"b,c.png\",0.5,0.25,10,10\n"]),
    ];

    private static string[] Annotations =>
    [
        "image,valence,arousal,expression,aus\na.png,0.5,-0.25,3,0,1,0,0,1,0,0,0,1,0,1,0\n" +
            "b/c.png,-5,-5,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1\n",
        $"image,valence,arousal,expression,{Units},age\na.png,0.1,-1,Happiness,{string.Join(',', Enumerable.Repeat("1", 12))},30\n" +
            $"\"b,c.png\",,,,{string.Join(',', Enumerable.Repeat("", 12))},nan\n",
        "#classes,calm,angry\n#text,person\nimage,expression,AU1,AU43,AU12_intensity,weight,source,person\n" +
            "a.png,calm,1,0,2.5,1,here,p1\nb.png,angry,0,1,0,2,there,\"p \"\"2\"\"\"\nc.png,,,,,1,here,p1\n",
    ];

    private static string[] Predictions
    {
        get
        {
            string head = "image,valence,arousal,Neutral,Anger*1.7,Disgust*1,Fear*1,Happiness*1,Sadness*1,Surprise*1,Other*1,";
            string units = string.Join(',', Units.Split(',').Select(unit => $"{unit}>0.5"));
            string values = "0.3,0.1,0.1,0.1,0.1,0.1,0.1,0.1," + string.Join(',', Enumerable.Repeat("0.25", 12));
            return
            [
                $"{head.Replace("Neutral", "Neutral*1", StringComparison.Ordinal)}{units}\na.png,0.5,-0.5,{values}\nb.png,0,1,{values}\n",
                $"image,valence,arousal,calm,angry,AU1>0.4,AU1_intensity\na.png,0.5,-0.5,0.25,0.75,0.9,3.5\nb.png,0,0,0.5,0.5,0.1,0\n",
            ];
        }
    }

    private static string Part(string content) => new PartHead("predict", new(1, 4), "0123456789abcdef")
    {
        Options = new() { ["probabilities"] = true },
    }.ToLine(PartFile.SumOf(new MemoryStream(Encoding.UTF8.GetBytes(content)))) + content;
}
